"""What the hot paths cost: `make bench`. Numbers, never a test: machines have moods."""
