"""Names: how they sort and how a few typed letters or characters find them.

A search text is "程梅|chengmei|cm"; its pairs of neighbouring characters stand in an array under an index, so that two
characters of a name find it in a province of a million without reading the table.
"""

from functools import lru_cache

from pypinyin import Style, lazy_pinyin
from pypinyin.phrases_dict import phrases_dict

# Characters read otherwise when they are a family name.
SURNAMES = {
    "曾": "zeng", "单": "shan", "解": "xie", "查": "zha", "仇": "qiu", "朴": "piao", "区": "ou", "尉": "wei",
    "盖": "ge", "翟": "zhai", "任": "ren", "华": "hua", "覃": "qin", "繁": "po", "洗": "xian", "冼": "xian",
    "缪": "miao", "乐": "yue", "逄": "pang", "黑": "he", "召": "shao", "员": "yun", "秘": "bi", "折": "she",
    "燕": "yan", "宁": "ning", "哈": "ha", "那": "na", "纪": "ji", "晁": "chao", "郗": "xi", "种": "chong",
    "重": "chong", "臧": "zang", "牟": "mu", "车": "che", "祭": "zhai", "幺": "yao", "令狐": "linghu",
    "尉迟": "yuchi", "长孙": "zhangsun", "澹台": "tantai", "万俟": "moqi", "单于": "chanyu", "宓": "mi",
    "谌": "chen", "隗": "wei", "褚": "chu", "卜": "bu", "柏": "bai", "石": "shi", "葛": "ge", "强": "qiang",
    "适": "kuo", "句": "gou", "过": "guo", "缴": "jiao", "撒": "sa", "洪": "hong", "费": "fei", "曲": "qu",
}  # fmt: skip


@lru_cache(maxsize=4096)
def _syllables(characters: str) -> tuple[str, ...]:
    return tuple(lazy_pinyin(characters, style=Style.NORMAL, errors=lambda rest: list(rest.lower())))


def syllables(name: str) -> list[str]:
    """The name read aloud, a syllable for each character, family names by their own reading."""
    name = name.strip()
    for width in (2, 1):
        reading = SURNAMES.get(name[:width])
        if reading and len(name) > width:
            return [reading, *_syllables(name[width:])]
    return list(_syllables(name))


@lru_cache(maxsize=4096)
def readings(character: str) -> list[str]:
    """Every way in which the spelling of a name that begins with this character may begin, the usual way first: as a
    family name, as the beginning of a word that is read otherwise, and alone."""
    words = (word for word in phrases_dict if word.startswith(character))
    as_family = (spelling for surname, spelling in SURNAMES.items() if surname.startswith(character))
    usual = SURNAMES.get(character) or _syllables(character)[0]
    others = {_syllables(character)[0], *(_syllables(word)[0] for word in words), *as_family}
    return [usual, *sorted(others - {usual})]


def pinyin(name: str) -> str:
    """The sort and search key of a name: 曾梅 is "zeng mei"."""
    return " ".join(syllables(name))[:200]


def search_text(name: str) -> str:
    read = syllables(name)
    bare = "".join(name.split()).lower()
    return "|".join((bare, "".join(read), "".join(part[:1] for part in read)))[:400]


def grams(text: str) -> list[str]:
    """Single characters and neighbouring pairs of every part of a search text."""
    found = set()
    for part in text.split("|"):
        found.update(part)
        found.update(part[at : at + 2] for at in range(len(part) - 1))
    return sorted(found)


def wanted(query: str) -> tuple[str, list[str]]:
    """A query as it is looked for: the text that must be contained, and the grams that narrow to it."""
    bare = "".join(query.split()).lower().replace("|", "")
    pairs = [bare[at : at + 2] for at in range(len(bare) - 1)] or list(bare)
    return bare, sorted(set(pairs))
