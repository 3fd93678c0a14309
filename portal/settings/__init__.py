"""Settings: `base` and `oauth` hold for every deployment; `development`, `production` and `test` say what differs.

Everything that an operator sets comes from the environment and is described in the README.
"""
