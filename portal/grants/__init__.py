"""What a user allowed (Grant) and what came of it: codes, families of refresh tokens, access tokens.

OAuth 2.1, RFC 6749, 7009, 7662, 9068, 9700. Verbs are files: approve · issue · redeem · refresh · inspect · revoke · expire.
Policy is Python, state is SQL: each of redeem, refresh, issue and inspect is one PL/pgSQL function (`sql/`), hence one
statement, one transaction, one row lock. Access tokens leave no row; families and grants are the truth about them.
"""
