"""The wire: one file per endpoint, named after the last segment of its URL. A door: nothing imports it.

OAuth 2.1, RFC 6749, 7009, 7591, 7662, 8414, 8707, 9207, 9728. It reads and answers; what changes state is a verb
of `grants` or `clients`, so that a rule has one home however it is reached.
"""
