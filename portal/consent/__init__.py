"""What the resource owner sees: the ask, and the connected apps.

Floor: above the nouns, below the doors. An ask lives in the server-side session of the browser that brought it, so
it cannot be moved to another browser, edited, or replayed (RFC 9700 §4.7, §4.16).
"""
