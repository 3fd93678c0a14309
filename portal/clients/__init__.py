"""Who asks for access: a tenant's OAuth clients, made in the admin, by dynamic registration, or known by their URL.

Floor: beside resources and keys; above audit and users. Standards: RFC 7591 (dynamic registration), RFC 8252 (native
apps), RFC 6749 §2 and §3.1.2. What a client may say of itself is decided by pure rules before anything is stored.
"""
