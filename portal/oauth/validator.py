"""The toolkit's validator, of our rules: one mixin for what `/authorize` asks, one for bearer tokens."""

from oauth2_provider.oauth2_validators import OAuth2Validator

from portal.oauth.authorize_rules import AuthorizeRules
from portal.oauth.bearer_rules import BearerRules


class Validator(AuthorizeRules, BearerRules, OAuth2Validator):
    """Its base's database look-ups, which know no tenant, are all overridden or never reached."""
