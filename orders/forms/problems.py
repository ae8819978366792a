"""What was refused, field by field, for the list of errors above a form."""

from django import forms

# Errors whose words name the field; before others the list says which field it is.
SPEAKS_FOR_ITSELF = frozenset({"required", "invalid", "invalid_choice", "min_value", "max_value"})


class NamedProblems(forms.BaseForm):
    """A form that can list what is wrong with it."""

    @property
    def problems(self) -> list[tuple[str, str]]:
        """(id of the control, what to do about it) for each field that was refused, in the order of the page."""
        refused = [field for field in self.visible_fields() if field.errors]
        return [(field.id_for_label, self._words(field)) for field in refused]

    def _words(self, field: forms.BoundField) -> str:
        codes = {error.code for error in field.errors.as_data()}
        words = " ".join(str(error) for error in field.errors)
        return words if codes <= SPEAKS_FOR_ITSELF else f"{field.label}: {words}"
