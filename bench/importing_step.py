"""One step of the bench of imports, on the home that CHUNYU_HOME names; prints what it measured as JSON.

python -m bench.importing_step prepare | workbook FILE HOUSEHOLDS | ours FILE HOUSEHOLDS | other FILE
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import django
import python_calamine
import xlsxwriter

DAY = date(2026, 11, 23)
TABLES = ("registry_household", "registry_member", "registry_cause", "registry_fact")
UNIONS = ("雨润县第一工会", "雨润县第二工会")
WORKER_HEAD = (
    *("序号", "基层工会", "姓名", "性别", "民族", "出生日期", "身份证号", "健康状况", "工作状态", "婚姻状况"),
    *("是否单亲", "户口类型", "手机号", "家庭住址", "住房类型", "建筑面积", "家庭人口", "本人月平均收入"),
    *("家庭其他非薪资年收入", "年医疗自付支出", "年教育支出", "年住房支出", "残疾护理支出", "其他刚性支出"),
    *("是否有机动车", "房产套数", "主要致困原因", "开户银行", "银行卡号"),
)
MEMBER_HEAD = ("职工身份证号", "成员姓名", "与职工关系", "身份证号", "健康状况", "月收入", "身份", "单位或学校")
FIRST_DAY, CHILD_DAY = date(1960, 1, 1), date(2004, 1, 1)
NAMES = ("程梅", "赵兰", "董涵玉", "萧芳建", "欧阳春", "李雨", "王润泽", "张春雨")
WEIGHTS, CHECKS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), "10X98765432"


def id_number(born: date, order: int) -> str:
    """A valid number of the unassigned region 139999."""
    first = f"139999{born:%Y%m%d}{order:03d}"
    return first + CHECKS[sum(int(digit) * weight for digit, weight in zip(first, WEIGHTS, strict=True)) % 11]


def prepare() -> dict[str, Any]:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)

    from chunyu.accounts.models import Post, User
    from chunyu.accounts.roles import Role
    from chunyu.federation.actions import found
    from chunyu.federation.models import Region

    region = Region.objects.create(
        code="139901", name="雨润县", level="county", valid_from=date(1949, 10, 1), source="fictional, for measuring"
    )
    founded = date(2000, 1, 1)
    county = found(name="雨润县总工会", kind="county_federation", region=region, parent=None, on=founded)
    for name in UNIONS:
        found(name=name, kind="grassroots_union", region=region, parent=county, on=founded)
    user = User.objects.create(username="caseworker", full_name="帮扶干部")
    Post.objects.create(user=user, organisation=county, role=Role.COUNTY_CASEWORKER, valid_from=founded)
    return {}


def workbook(file: str, households: int) -> dict[str, Any]:
    """Each worker with a spouse and a child, every figure stated."""
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    workers, members = book.add_worksheet("困难职工"), book.add_worksheet("家庭成员")
    workers.write_row(0, 0, WORKER_HEAD)
    members.write_row(0, 0, MEMBER_HEAD)
    for at in range(households):
        born, order = FIRST_DAY + timedelta(days=at % 9_000), 1 + 2 * (at // 9_000)
        number = id_number(born, order)
        who = [at + 1, UNIONS[at % 2], NAMES[at % len(NAMES)], "男", "汉族", born.isoformat(), number, "癌症", "在岗"]
        home = ["已婚", "否", "农业", f"139{at % 10**8:08d}", f"雨润县城关镇春雨路{at % 999 + 1}号", "租房", 62.5, 3]
        money = [1_650 + at % 900, 0, 18_000 + at % 5_000, 2_400, 4_800, 0, 0, "无", 0]
        workers.write_row(at + 1, 0, [*who, *home, *money, "患重特大疾病", "中国工商银行", "6217009999000000016"])
        child = CHILD_DAY + timedelta(days=at % 3_000)
        spouse = [number, NAMES[(at + 3) % len(NAMES)], "配偶", id_number(born, 502 + 2 * (at // 9_000))]
        members.write_row(2 * at + 1, 0, [*spouse, "良好", 1_200, "在岗", "雨润县纺织厂"])
        pupil = [number, NAMES[(at + 5) % len(NAMES)], "子", id_number(child, 1 + 2 * (at // 3_000))]
        members.write_row(2 * at + 2, 0, [*pupil, "良好", 0, "学生", "雨润县实验中学"])
    book.close()
    return {"bytes": Path(file).stat().st_size}


def ours(file: str, households: int) -> dict[str, Any]:
    from django.db import connection

    from chunyu.accounts.acting import Acting
    from chunyu.accounts.models import Post
    from chunyu.registry.importing.actions import send_workbook
    from chunyu.registry.importing.job import run
    from chunyu.registry.models import Fact

    empty(connection, (*TABLES, "registry_importbatch", "registry_filesequence"))
    acting = Acting(Post.objects.select_related("user", "organisation__region").get(), DAY)
    batch = send_workbook(acting, name="bench.xlsx", content=Path(file).read_bytes(), queue=False)
    started = time.perf_counter()
    run(batch.pk, ask=False)
    taken = time.perf_counter() - started
    batch.refresh_from_db()
    if (batch.status, batch.new, batch.people) != ("imported", households, 3 * households):
        raise SystemExit(f"{batch.status} {batch.outcome}: {batch.new} new, {batch.faults} faults")
    return {
        "seconds": round(taken, 2),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "child_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
        "facts": Fact.objects.count(),
    }


def other(file: str) -> dict[str, Any]:
    """The rows that ours wrote are taken out, the tables emptied, and the rows copied in again, the file read before.

    Triggers and keys are told to plan for many rows, as ours does: the other must not be slow for want of that."""
    from django.db import connection

    from chunyu.registry.importing.bulk import plan_for_many_rows

    with connection.cursor() as cursor:
        lots = {table: _out(cursor, table) for table in TABLES}
    empty(connection, TABLES)
    started = time.perf_counter()
    cells = _read(file)
    read = time.perf_counter() - started
    with connection.cursor() as cursor:
        copy = _timed(lambda: [plan_for_many_rows(), *(_in(cursor, table, lots[table]) for table in TABLES)])
        for table in TABLES:
            cursor.execute(f"CREATE TEMPORARY TABLE bare_{table} (LIKE {table})")
        bare = _timed(lambda: [_in(cursor, f"bare_{table}", lots[table]) for table in TABLES])
    return {
        "read": round(read, 2),
        "copy": round(copy, 2),
        "bare": round(bare, 2),
        "cells": cells,
        "peak_mb": _peak_of_reading(file),
    }


def _read(file: str) -> int:
    book = python_calamine.CalamineWorkbook.from_path(file)
    return sum(len(row) for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python())


def _peak_of_reading(file: str) -> int:
    """In a process that does nothing else."""
    import subprocess

    code = (
        "import resource, sys; from bench.importing_step import _read; _read(sys.argv[1]);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    )
    done = subprocess.run([sys.executable, "-c", code, file], capture_output=True, text=True, check=True)
    return int(done.stdout)


def _timed(work: Any) -> float:
    """With its commit, at which the deferred rules are asked."""
    from django.db import transaction

    started = time.perf_counter()
    with transaction.atomic():
        work()
    return time.perf_counter() - started


def _out(cursor: Any, table: str) -> bytes:
    with cursor.copy(f"COPY (SELECT * FROM {table}) TO STDOUT") as lines:
        return b"".join(lines)


def _in(cursor: Any, table: str, lines: bytes) -> None:
    with cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for at in range(0, len(lines), 1 << 20):
            copy.write(lines[at : at + (1 << 20)])


def empty(connection: Any, tables: Sequence[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")


if __name__ == "__main__":
    django.setup()
    step, *rest = sys.argv[1:]
    if step == "prepare":
        made = prepare()
    elif step == "workbook":
        made = workbook(rest[0], int(rest[1]))
    elif step == "ours":
        made = ours(rest[0], int(rest[1]))
    else:
        made = other(rest[0])
    print(json.dumps(made))
