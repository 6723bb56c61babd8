"""The how-to for policy officers is followed to the letter: files written, commands run, slips tried."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from chunyu.policy import PackRefused, load_pack
from chunyu.policy.commands import explain, policy
from chunyu.policy.loading import PACKS

PAGE = (Path(__file__).parents[2] / "docs/how-to/write-a-pack.md").read_text(encoding="utf-8")
HOW_TO, _, REFERENCE = PAGE.partition("# For looking things up")
BLOCK = re.compile(r"^```(\w+)(?: (append|new)=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SLIP = re.compile(r"^\| `(.+?)` \| `(.+?)` \| (.+) \|$", re.MULTILINE)
COMMANDS = {"chunyu policy": policy, "chunyu explain": explain}


def follow(folder: Path, steps: list[tuple[str, str, str, str]]) -> list[tuple[str, str]]:
    """Do what the page says, in its order; each command with what it printed."""
    said = []
    for language, how, name, text in steps:
        if how:
            file = folder / name
            before = file.read_text(encoding="utf-8") + "\n" if how == "append" else ""
            file.write_text(before + text, encoding="utf-8")
        elif language == "console":
            said += [(text, output) for text, output in console(folder, text)]
    return said


def console(folder: Path, text: str) -> list[tuple[str, str]]:
    """Run the commands of a block; returns for each the lines that the page promises, and all that was printed."""
    done = []
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, promised = part.partition("\n")
        if command.startswith("cp -r chunyu/packs/"):
            _cp, _r, source, target = command.split()
            shutil.copytree(PACKS / Path(source).name, folder / target)
            continue
        program, *arguments = re.match(r"(chunyu \w+) (.*)", command).groups()
        words = [str(folder / word) if (folder / word).exists() else word for word in arguments[0].split()]
        result = CliRunner().invoke(COMMANDS[program], words)
        done.append((promised, result.output))
    return done


def kept(promised: str, output: str) -> bool:
    """Every line promised stands in the output; … stands for anything."""
    lines = output.splitlines()
    return all(
        any(re.fullmatch(".*".join(map(re.escape, line.split("…"))), printed) for printed in lines)
        for line in promised.splitlines()
        if line
    )


@pytest.fixture(scope="module")
def steps() -> list[tuple[str, str, str, str]]:
    return [(m[1], m[2] or "", m[3] or "", m[4]) for m in BLOCK.finditer(HOW_TO)]


@pytest.fixture(scope="module")
def followed(tmp_path_factory, steps):
    folder = tmp_path_factory.mktemp("how-to")
    return folder, follow(folder, steps)


def test_every_command_prints_what_the_page_promises(followed):
    _, said = followed
    assert len(said) == 5
    assert [promised for promised, output in said if not kept(promised, output)] == []
    assert not kept("✓ 租房补助  3,601.00", said[2][1]), "the control"


def test_the_shorthand_that_the_page_warns_of_is_refused(tmp_path: Path, steps):
    first = next(i for i, step in enumerate(steps) if "&nothing" in step[3])
    copied, *written = [step for step in steps[: first + 1] if step[1] or "cp -r" in step[3]]
    follow(tmp_path, [(*copied[:3], copied[3].splitlines()[0] + "\n"), *written])
    with pytest.raises(PackRefused) as refused:
        load_pack(tmp_path / "my-pack")
    assert [problem.code for problem in refused.value.problems] == ["yaml_form"]


@pytest.mark.parametrize(("right", "wrong", "sentence"), SLIP.findall(HOW_TO), ids=lambda text: text[:20])
def test_a_slip_is_told_in_the_words_of_the_page(followed, tmp_path, right, wrong, sentence):
    folder, _ = followed
    slipped = tmp_path / "slipped"
    shutil.copytree(folder / "my-pack", slipped)
    file = slipped / "programmes/rent.toml"
    text = file.read_text(encoding="utf-8")
    assert text.count(right) == 1
    file.write_text(text.replace(right, wrong), encoding="utf-8")
    with pytest.raises(PackRefused) as refused:
        load_pack(slipped)
    assert sentence in {problem.sentence("zh") for problem in refused.value.problems}


def test_the_page_has_slips_and_quotes_its_notice():
    assert len(SLIP.findall(HOW_TO)) == 7
    for clause in ("一、", "二、", "三、", "四、", "五、", "六、", "七、"):
        assert f"> {clause}" in HOW_TO
