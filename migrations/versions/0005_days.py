"""A due date is a day or a time. Times that stood for a day become days.

The front end stored a due date without a time as 23:59:00 in the time zone of the browser. The time
zone is not stored, so the day is derived from the time in UTC; docs/operations.md has the rule.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

# The times in UTC at which the clocks of inhabited time zones from -10:00 to +13:45 show 23:59.
END_OF_DAY = (
    *(f"{hour:02}:59" for hour in range(24)),
    # Offsets -9:30, -3:30, -2:30, 10:30, 9:30, 6:30, 5:30, 4:30 and 3:30.
    *("09:29", "03:29", "02:29", "13:29", "14:29", "17:29", "18:29", "19:29", "20:29"),
    # Offsets 13:45, 12:45, 8:45 and 5:45.
    *("10:14", "11:14", "15:14", "18:14"),
)

# 23:59 at -10:00 is 09:59 UTC of the next day, and 23:59 at +13:45 is 10:14 UTC of the same day. So
# the day changes at 10:00 UTC.
DAY_OF_POSTGRESQL = """
    UPDATE tasks
    SET due_all_day = true,
        due_date = date_trunc('day', due_date AT TIME ZONE 'UTC' - INTERVAL '10 hours')
                   AT TIME ZONE 'UTC'
    WHERE to_char(due_date AT TIME ZONE 'UTC', 'HH24:MI:SS.US') IN
"""
# SQLite stores times as text: 2030-01-31 22:59:00.000000.
DAY_OF_SQLITE = """
    UPDATE tasks
    SET due_all_day = 1, due_date = strftime('%Y-%m-%d 00:00:00.000000', due_date, '-10 hours')
    WHERE substr(due_date, 12) IN
"""
TIME_OF_POSTGRESQL = """
    UPDATE tasks SET due_date = due_date + INTERVAL '23 hours 59 minutes' WHERE due_all_day
"""
TIME_OF_SQLITE = """
    UPDATE tasks SET due_date = strftime('%Y-%m-%d 23:59:00.000000', due_date) WHERE due_all_day
"""


def upgrade() -> None:
    # With a default, because processes of the release before insert rows without this column.
    op.add_column(
        "tasks", sa.Column("due_all_day", sa.Boolean, nullable=False, server_default=sa.false())
    )
    times = ", ".join(f"'{time}:00.000000'" for time in END_OF_DAY)
    op.execute(f"{DAY_OF_POSTGRESQL if is_postgresql() else DAY_OF_SQLITE} ({times})")


def downgrade() -> None:
    op.execute(TIME_OF_POSTGRESQL if is_postgresql() else TIME_OF_SQLITE)
    op.drop_column("tasks", "due_all_day")


def is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
