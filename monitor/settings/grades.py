"""Service grades: what the contract promises, as a profile that a site may write itself."""

from __future__ import annotations

from monitor.settings.checking import Context
from monitor.settings.fields import given
from monitor.settings.shape.site import GradeShape
from monitor.settings.site import Grade
from monitor.settings.tree import Entries, Node, Scalar

_DAY = 86400.0
WORKING_DAYS_5 = 7 * _DAY
"""Five working days have one weekend among them."""
AS_AGREED = 24 * 3600.0
"""Grade 3 leaves the urgent clock to the contract; a day stands in until the site writes its own."""

GRADES = {
    1: Grade("1", 0.95, 30 * 60.0, 2 * _DAY, WORKING_DAYS_5),
    2: Grade("2", 0.90, 3600.0, 2 * _DAY, WORKING_DAYS_5),
    3: Grade("3", 0.80, AS_AGREED, 2 * _DAY, WORKING_DAYS_5),
}


def read_grade(node: Node | None, context: Context) -> Grade:
    """The site's grade; grade 1 when none is given or it is wrong (and reported)."""
    if node is None:
        return GRADES[1]
    if isinstance(node, Entries):
        shape = context.check(GradeShape, node)
        return Grade(**shape.model_dump()) if shape else GRADES[1]
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, int) and not isinstance(value, bool) and value in GRADES:
        if value == 3:
            context.notices.append(
                "grade 3 leaves the urgent clock to agreement: 24 h are assumed; write your own under site.grade"
            )
        return GRADES[value]
    if not (isinstance(node, Scalar) and node.refused):
        context.problems.add(node.mark, f"a grade is 1, 2, 3 or a mapping of your own{given(value)}")
    return GRADES[1]
