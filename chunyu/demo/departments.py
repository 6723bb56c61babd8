"""The departments that the demonstration's counties work with; two of them have somebody who signs in."""

from __future__ import annotations

from datetime import date

from chunyu.accounts.models import Post
from chunyu.accounts.roles import Role
from chunyu.casework.departments.actions import open_department
from chunyu.casework.departments.tables import Seat
from chunyu.demo.federation import acting, rows
from chunyu.federation.models import Organisation


def list_departments(unions: dict[str, Organisation], since: date) -> None:
    """Everything of departments.csv, listed by the county's approver on a day."""
    for row in rows("departments.csv"):
        approver = acting(Role.COUNTY_APPROVER, unions[row["organisation"]], since)
        department = open_department(approver, name=row["name"], duty=row["duty"])
        if row["account"]:
            post = Post.objects.get(user__username=row["account"], role=Role.DEPARTMENT_OFFICER)
            Seat.objects.create(department=department, post=post)
