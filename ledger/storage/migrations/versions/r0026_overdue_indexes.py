"""What is overdue between two parties has an index; neither index of dates holds ended legs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_EXPECTED = sa.text("due_by IS NOT NULL")
_PARTIES = (("sender", "recipient"), ("recipient", "sender"))


def upgrade() -> None:
    for party, other in _PARTIES:
        name = f"ix_exchange_legs_{party}"
        op.drop_index(f"{name}_due", "exchange_legs")
        for suffix, columns in (("due", [party]), ("other_due", [party, other])):
            op.create_index(
                f"{name}_{suffix}",
                "exchange_legs",
                [*columns, "due_by", "pk"],
                sqlite_where=_EXPECTED,
                postgresql_where=_EXPECTED,
            )


def downgrade() -> None:
    for party, _ in _PARTIES:
        name = f"ix_exchange_legs_{party}"
        op.drop_index(f"{name}_other_due", "exchange_legs")
        op.drop_index(f"{name}_due", "exchange_legs")
        op.create_index(f"{name}_due", "exchange_legs", [party, "due_by", "pk"])
