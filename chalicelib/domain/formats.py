"""List the formats of JSON Schema that the engine judges itself."""

from collections.abc import Callable, Mapping

from chalicelib.domain import ec2_filters, human_text
from chalicelib.domain.fault import Fault

FORMATS: Mapping[str, Callable[[str], Fault | None]] = {
    human_text.FORMAT: human_text.text_fault,
    ec2_filters.FORMAT: ec2_filters.filter_fault,
    ec2_filters.STATE_FORMAT: ec2_filters.state_fault,
}
"""Each function returns the fault of a text, None where it has none. The path ``$`` is the text itself."""
