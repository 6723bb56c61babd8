"""Names as frequent as in life: the shares of surnames and given names, and how each is read.

A few surnames are most of a province, given names follow the year of birth, and some hundred names are borne by
thousands of people each: what a search by name has to live with. The shares are ours, set after the pattern that
published name reports show; no register was read.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import accumulate
from random import Random

from chunyu.registry.importing.bulk import escaped
from chunyu.registry.membership.tables import Worker

# Of ten thousand people of a northern province.
SURNAMES = {
    "王": 880, "张": 830, "李": 820, "刘": 640, "赵": 370, "杨": 340, "陈": 320, "孙": 230, "郭": 210, "马": 190,
    "高": 180, "韩": 150, "徐": 140, "周": 135, "吴": 130, "宋": 120, "董": 110, "于": 105, "胡": 100, "朱": 98,
    "何": 92, "黄": 90, "梁": 85, "冯": 82, "曹": 78, "田": 76, "崔": 74, "任": 70, "许": 68, "贾": 66, "程": 64,
    "魏": 62, "郑": 60, "谢": 56, "唐": 54, "袁": 52, "邓": 50, "吕": 50, "苏": 48, "范": 46, "林": 46, "史": 44,
    "侯": 44, "康": 42, "杜": 42, "丁": 40, "石": 40, "白": 38, "安": 36, "郝": 36, "武": 34, "尹": 32, "薛": 32,
    "孟": 32, "秦": 30, "邢": 30, "姚": 30, "罗": 30, "常": 28, "闫": 28, "段": 28, "叶": 26, "潘": 26, "卢": 26,
    "蔡": 24, "肖": 24, "曾": 22, "彭": 22, "贺": 22, "乔": 22, "钱": 20, "齐": 20, "尚": 18, "谷": 18, "解": 16,
    "毛": 16, "温": 16, "牛": 16, "翟": 15, "夏": 15, "戴": 15, "方": 15, "邵": 14, "汪": 14, "江": 14, "金": 14,
    "单": 12, "管": 12, "焦": 12, "路": 12, "庞": 11, "蒋": 11, "余": 11, "申": 10, "沈": 10, "付": 10, "熊": 9,
    "纪": 9, "陆": 9, "邱": 9, "霍": 9, "苗": 8, "关": 8, "葛": 8, "褚": 7, "柳": 7, "尤": 6, "查": 5, "祝": 5,
    "仇": 4, "欧阳": 4, "上官": 2, "司马": 1, "令狐": 1,
}  # fmt: skip
# Given names that very many bear, by sex and by the last year of birth; the share of them is the second figure.
FAVOURITES: dict[str, tuple[tuple[int, int, str], ...]] = {
    "1": (
        (
            1969,
            34,
            "建国 建军 建华 志强 国强 志国 德福 玉林 永福 春生 新民 文革 卫东 援朝 跃进 保国 福来 金生 树林 玉山",
        ),
        (1989, 36, "伟 勇 军 磊 涛 强 刚 杰 超 鹏 建军 志刚 海涛 永刚 立军 文斌 建平 国栋 志伟 学军"),
        (2008, 32, "浩 鑫 宇 帅 子轩 浩然 宇航 俊杰 天佑 泽宇 博文 子豪 嘉豪 浩宇 明轩 志豪 梓豪 文博 家乐 雨泽"),
    ),
    "2": (
        (
            1969,
            38,
            "秀英 桂英 秀兰 玉兰 桂兰 凤英 玉珍 淑芬 淑珍 桂芝 素珍 秀珍 翠兰 春梅 玉英 桂花 凤兰 爱华 惠兰 金凤",
        ),
        (1989, 36, "静 丽 敏 芳 娟 燕 艳 霞 丹 娜 丽华 海燕 晓燕 红霞 春霞 丽娟 秀娟 雪梅 晓丽 文静"),
        (2008, 32, "婷 欣 雪 莹 佳 雨桐 欣怡 梓涵 诗雨 思雨 子涵 雨欣 佳怡 可欣 一诺 梦瑶 雅婷 嘉欣 若兰 语彤"),
    ),
}  # fmt: skip
# The others are put together of these: the earlier a character stands, the more often it is taken.
FIRST = {
    "1": "建志国海永文立春玉德学明晓长俊金宝万洪占振家成少福连新东红兴铁景士全大青松子云天思宏广世庆恩书瑞"
    "向兆光继克树运风凤保",
    "2": "秀玉桂丽春红海晓淑素爱凤翠金文雪小彩美艳雅月巧冬秋慧梦佳思诗欣雨静佩俊景瑞惠志立新书学云会连兰若清"
    "亚士香贵恩子",
}  # fmt: skip
SECOND = {
    "1": "强军华国平伟涛明刚杰峰勇辉林斌东民生海波龙祥成义亮飞江山福贵水田和安旺春友臣良奎忠利宁武朋达山远"
    "宽岭泉阳超鹏浩宇然",
    "2": "英兰芳华玲梅红霞珍芬敏丽荣燕娟平静花琴云艳萍香娜莲凤娥莉洁芝婷颖怡茹芹青春月玉菊琳蕊欣雪瑶宁巧"
    "青苗慧环珠",
}  # fmt: skip
SINGLE = {
    "1": "伟勇军磊涛强刚杰超鹏辉斌飞峰波龙浩亮明宇健凯帅鑫毅",
    "2": "静丽敏芳娟燕艳霞丹娜婷玲洁颖莉雪欣倩晶蕾萍琳佳莹慧",
}
SINGLES = {1969: 8, 1989: 20, 2008: 16}  # of a hundred, how many bear a single character


def _weights(count: int) -> list[float]:
    return [1 / (place + 4) for place in range(count)]


class Names:
    """Draws names for a sex and a year of birth."""

    def __init__(self) -> None:
        self.surnames = list(SURNAMES)
        self.shares = list(accumulate(SURNAMES.values()))
        self.given = {
            (sex, until): self._given(sex, until, favourites.split(), share)
            for sex, eras in FAVOURITES.items()
            for until, share, favourites in eras
        }
        self.eras = sorted({until for _, until in self.given})

    @staticmethod
    def _given(sex: str, until: int, favourites: list[str], share: int) -> tuple[list[str], list[float]]:
        first, second, single = FIRST[sex], SECOND[sex], SINGLE[sex]
        found: dict[str, float] = {}

        def put(words: list[str], weights: list[float], hundredths: float) -> None:
            whole = sum(weights)
            for word, weight in zip(words, weights, strict=True):
                found[word] = found.get(word, 0) + hundredths * weight / whole

        put(favourites, _weights(len(favourites)), share)
        put(list(single), _weights(len(single)), SINGLES[until])
        pairs = [one + other for one in first for other in second if one != other]
        both = [
            1 / (at + 6) / (to + 6) for at, one in enumerate(first) for to, other in enumerate(second) if one != other
        ]
        put(pairs, both, 100 - share - SINGLES[until])
        return list(found), list(accumulate(found.values()))

    def draw(self, random: Random, sex: str, year: int) -> str:
        until = next((each for each in self.eras if year <= each), self.eras[-1])
        given, shares = self.given[sex, until]
        (surname,) = random.choices(self.surnames, cum_weights=self.shares)
        (name,) = random.choices(given, cum_weights=shares)
        return surname + name


@lru_cache(maxsize=400_000)
def written_name(name: str) -> tuple[str, str, str]:
    """The name and what it sorts and is found by, as the model itself works it out, written for COPY."""
    worker = Worker()
    worker.give_name(name)
    return escaped(worker.name), escaped(worker.spelling), escaped(worker.initials)


# Words that places and employers are called by; an index gives each its own.
PLACES = "春夏秋冬云雨风月山川河湖松竹梅兰青白红金玉石柳杨桃杏荷菊凤龙鹤鹿东南西北上下长安平和福瑞新古明清高远"
PLACE_ENDS = "溪桥庄屯店堡营岭坡泉渡口湾洼里台沟峪寨塘"
BRANDS = "恒宏华泰盛瑞祥永兴隆昌达通源丰茂嘉信诚德仁义和顺安康健美佳乐富裕腾飞远航凯捷锐智慧创新联众合聚同友天地海川"
TRADES = (
    "机械厂", "纺织厂", "食品公司", "物流公司", "建材公司", "电子公司", "商贸公司", "餐饮公司", "医院", "中学", "小学",
    "化工厂", "印刷厂", "服装厂", "物业公司", "运输公司", "钢铁公司", "制药厂", "家政公司", "超市", "农机站",
    "供水公司", "玻璃厂", "煤矿", "农商银行", "科技公司", "建筑公司", "电力公司", "酒店", "快递公司",
)  # fmt: skip


def place_name(number: int) -> str:
    """A place of two characters, and of three from the 1,300th on."""
    rest, end = divmod(number, len(PLACE_ENDS))
    more, first = divmod(rest, len(PLACES))
    return ("" if not more else PLACES[more - 1]) + PLACES[first] + PLACE_ENDS[end]


def firm_name(number: int) -> str:
    """A firm of two characters and its trade: 90,000 different ones."""
    rest, trade = divmod(number, len(TRADES))
    first, second = divmod(rest, len(BRANDS))
    return BRANDS[first % len(BRANDS)] + BRANDS[second] + TRADES[trade]
