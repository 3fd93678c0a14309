"""Forms over tenant-owned rows."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from tenants.current import current_tenant


class TenantOwnedForm(forms.ModelForm):  # type: ignore[type-arg] # generic for type checkers only
    """The tenant is never a field, and yet part of every key: it is set here, so that keys are checked with it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.tenant = current_tenant()

    def validate_unique(self) -> None:
        super().validate_unique()
        try:
            # Django leaves out every key that has a column the form has not.
            self.instance.validate_constraints(exclude=set(self.errors))
        except ValidationError as error:
            self.add_error(None, error)


class LinesField(forms.CharField):
    """A list, one a line (spaces part too: none of our lists holds any). Its value is a list without repetitions."""

    widget = forms.Textarea(attrs={"rows": 4, "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, str):
            # A form that is shown again has the text as it was typed; a model may keep a list as one text.
            return value if "\n" in value else value.replace(" ", "\n")
        return "\n".join(value) if isinstance(value, Iterable) else value

    def to_python(self, value: Any) -> Any:
        return list(dict.fromkeys((super().to_python(value) or "").split()))

    def has_changed(self, initial: Any, data: Any) -> bool:
        before = initial.split() if isinstance(initial, str) else list(initial or [])
        return bool(before != self.to_python(data))
