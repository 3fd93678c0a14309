"""AuditEvent: what happened, in the transaction in which it happened.

`events` is the typed catalogue, `record` the one way in (in SQL: `audit_record`). Rows are only ever added: the
web's database role can neither change nor delete them.
"""
