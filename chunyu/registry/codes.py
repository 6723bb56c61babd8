"""Closed lists of the archive form, with the wordings that county sheets use for each value.

Codes are those of the national standards where one is named, else short English words of ours (the rule packs use
them). The first wording is the label.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from difflib import get_close_matches


def normal(text: str) -> str:
    """A wording without what does not matter: width, spaces, brackets and their punctuation, case."""
    return re.sub(r"[\s、，,。.；;：:()\[\]【】〔〕/\\_·•*-]+", "", unicodedata.normalize("NFKC", text)).lower()


@dataclass(frozen=True)
class CodeList:
    name: str
    entries: dict[str, tuple[str, ...]]
    _by_wording: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        found: dict[str, str] = {}
        for code, wordings in self.entries.items():
            for wording in (*wordings, code):
                if found.setdefault(normal(wording), code) != code:
                    raise ValueError(f"{self.name}: {wording} stands for two codes")
        object.__setattr__(self, "_by_wording", found)

    def code(self, wording: str) -> str | None:
        """The code of a wording; sheets often write "06 患重特大疾病" or "6.": number and text must then agree."""
        bare = normal(wording)
        return self._by_wording.get(bare) or self._by_wording.get(re.sub(r"^\d{1,2}(?=\D)", "", bare))

    def label(self, code: str | None) -> str:
        return self.entries[code][0] if code in self.entries else (code or "")

    @property
    def labels(self) -> list[str]:
        return [wordings[0] for wordings in self.entries.values()]

    @property
    def choices(self) -> list[tuple[str, str]]:
        return [(code, wordings[0]) for code, wordings in self.entries.items()]

    def nearest(self, wording: str) -> str | None:
        """The label of the listed value that looks most like the wording, if any does."""
        near = get_close_matches(normal(wording), list(self._by_wording), n=1, cutoff=0.5)
        return self.label(self._by_wording[near[0]]) if near else None


SEX = CodeList("sex", {"1": ("男", "男性"), "2": ("女", "女性")})

# GB/T 4761-2008
RELATION = CodeList(
    "relation",
    {
        "01": ("本人", "职工本人", "申请人", "户主本人", "本人户主", "户主", "自己"),
        "10": ("配偶", "爱人", "夫妻"),
        "11": ("丈夫", "夫"),
        "12": ("妻子", "妻"),
        "20": ("子", "儿子", "长子", "次子", "三子", "男孩", "养子", "继子"),
        "21": ("独生子",),
        "30": ("女", "女儿", "长女", "次女", "三女", "女孩", "养女", "继女"),
        "31": ("独生女",),
        "29": ("女婿",),
        "39": ("儿媳", "媳妇"),
        "2X": ("子女", "孩子", "小孩"),
        "40": ("孙辈", "孙子女", "孙子", "孙女", "外孙", "外孙女", "外孙子"),
        "50": ("父母",),
        "51": ("父", "父亲", "爸爸", "继父", "养父"),
        "52": ("母", "母亲", "妈妈", "继母", "养母"),
        "53": ("公公",),
        "54": ("婆婆",),
        "55": ("岳父",),
        "56": ("岳母",),
        "60": ("祖辈", "祖父母", "祖父", "祖母", "爷爷", "奶奶", "外祖父", "外祖母", "外公", "外婆", "姥姥", "姥爷"),
        "70": ("兄弟姐妹", "兄弟", "姐妹", "哥哥", "弟弟", "姐姐", "妹妹", "兄", "弟", "姐", "妹"),
        "80": ("其他", "其他亲属", "其它"),
        "99": ("非亲属",),
    },
)

# GB/T 3304
_NATIONS = [
    "汉", "蒙古", "回", "藏", "维吾尔", "苗", "彝", "壮", "布依", "朝鲜", "满",
    "侗", "瑶", "白", "土家", "哈尼", "哈萨克", "傣", "黎", "傈僳", "佤", "畲",
    "高山", "拉祜", "水", "东乡", "纳西", "景颇", "柯尔克孜", "土", "达斡尔", "仫佬", "羌",
    "布朗", "撒拉", "毛南", "仡佬", "锡伯", "阿昌", "普米", "塔吉克", "怒", "乌孜别克", "俄罗斯",
    "鄂温克", "德昂", "保安", "裕固", "京", "塔塔尔", "独龙", "鄂伦春", "赫哲", "门巴", "珞巴",
    "基诺",
]  # fmt: skip
NATION = CodeList(
    "ethnic group",
    {f"{number:02d}": (f"{name}族", name) for number, name in enumerate(_NATIONS, 1)}
    | {"97": ("其他", "其它"), "98": ("外国血统", "外国血统中国籍人士")},
)

# GB/T 2261.2
MARITAL = CodeList(
    "marital status",
    {
        "10": ("未婚", "单身"),
        "20": ("已婚", "有配偶", "结婚"),
        "21": ("初婚",),
        "22": ("再婚",),
        "23": ("复婚",),
        "30": ("丧偶",),
        "40": ("离婚", "离异"),
        "90": ("未说明", "未说明的婚姻状况"),
    },
)

REGISTER_KIND = CodeList(
    "register kind",
    {
        "urban": ("非农业", "非农", "非农业户口", "非农户口", "城镇", "城镇户口", "城市"),
        "rural": ("农业", "农业户口", "农村", "农村户口", "农"),
        "converted": ("农转居", "农转非"),
        "resident": ("居民", "居民户口", "居民户", "居民家庭户"),
    },
)

WORK_STATUS = CodeList(
    "work status",
    {
        "employed": ("在岗", "在职", "在职在岗", "上班", "就业", "在岗职工", "工作"),
        "laid_off": ("下岗", "下岗待岗", "下待岗", "待岗", "下岗职工", "协保"),
        "unemployed": ("失业", "失无业", "无业", "待业", "未就业", "失业无业", "无工作"),
        "retired": ("退休", "退养", "离退休"),
        "cadre_retired": ("离休",),
        "sick_leave": ("病休", "长期病休"),
        "early_retired": ("内退", "内部退养"),
        "migrant": ("农民工", "进城务工", "外来务工人员"),
        "flexible": ("灵活就业", "灵活就业人员", "个体", "自由职业", "打零工", "零工"),
        "farming": ("务农", "农民", "在家务农"),
        "student": ("学生", "在校学生", "在校", "在读", "上学", "就读"),
        "preschool": ("学龄前", "学龄前儿童", "幼儿", "婴幼儿", "儿童"),
        "unable": ("无劳动能力", "丧失劳动能力"),
        "other": ("其他", "其它"),
    },
)

ILLNESS = CodeList(
    "health",
    {
        "none": ("良好", "健康", "健康或良好", "正常", "无疾病", "身体健康", "无", "好"),
        "minor": ("一般疾病", "一般", "一般或较弱", "体弱", "较弱"),
        "hypertension": ("高血压病", "高血压"),
        "heart": ("心血管病", "心脏病", "冠心病", "心血管疾病"),
        "stroke": ("脑血管病", "脑血管疾病", "脑梗", "脑梗塞", "脑出血", "中风"),
        "diabetes": ("糖尿病",),
        "liver": ("肝病", "肝炎", "肝硬化"),
        "lung": ("肺病", "尘肺", "尘肺病", "肺结核"),
        "uremia": ("尿毒症", "慢性肾衰竭", "透析"),
        "blood": ("血液病", "白血病", "再生障碍性贫血"),
        "mental": ("精神病", "精神疾病", "精神障碍"),
        "tumour": ("肿瘤病", "肿瘤"),
        "cancer": ("癌症", "恶性肿瘤", "癌", "肝癌", "肺癌", "胃癌", "乳腺癌"),
        "spine": ("腰颈椎病", "腰椎病", "颈椎病", "腰椎间盘突出"),
        "disabled": ("残疾", "伤残", "残障"),
        "chronic": ("慢性病", "患慢性病", "慢性疾病"),
        "major": ("重大疾病", "大病", "重病", "患大病", "重特大疾病", "其他重大疾病"),
        "other": ("其他", "其它", "其他疾病"),
    },
)

CAUSE = CodeList(
    "cause",
    {
        "no_work_ability": ("无劳动能力", "1"),
        "able_unemployed": ("有劳动能力而未就业", "有劳动能力未就业", "未就业", "2"),
        "laid_off": ("下岗失业", "下岗", "失业", "3"),
        "no_social_insurance": ("未参加社会保险", "未参加社保", "4"),
        "benefits_unfulfilled": ("社保待遇落实不到位", "社会保险待遇落实不到位", "社保待遇不到位", "5"),
        "major_illness": (
            "患重特大疾病", "重特大疾病", "患重大疾病", "重大疾病", "本人大病", "大病", "因病", "疾病", "患病",
            "因病致困", "6",
        ),
        "natural_disaster": ("自然灾害", "因灾", "灾害", "受灾", "7"),
        "accident": ("意外事故", "意外", "意外灾害", "意外伤害", "意外致困", "8"),
        "child_schooling": ("子女上学", "子女就学", "子女教育", "因学", "供养子女上学", "因学致困", "9"),
        "other": ("其他", "其它", "其他原因", "10"),
    },
)  # fmt: skip

HOUSING_KIND = CodeList(
    "housing kind",
    {
        "self_built": ("自建房", "自建", "自有平房"),
        "commercial": ("商品房", "自购房", "购房", "自有住房", "自有商品房", "自购商品房"),
        "affordable": ("经济适用房", "经适房"),
        "price_limited": ("两限房", "限价房"),
        "work_unit": ("承租单位公房", "单位公房", "公房", "单位宿舍"),
        "low_rent": ("政府廉租房", "廉租房", "公租房", "公共租赁住房", "廉租"),
        "rented": ("租房", "租赁", "租住", "租赁房", "出租房"),
        "none": ("无房", "无住房", "无"),
        "other": ("其他", "其它", "借住"),
    },
)

MODEL_WORKER = CodeList(
    "model worker",
    {
        "none": ("无", "否", "非劳模", "不是"),
        "national": ("全国", "全国劳模", "全国劳动模范", "国家级"),
        "provincial": ("省部级", "省部级劳模", "省级", "省级劳模"),
        "municipal": ("地市级", "地市级劳模", "市级", "市级劳模"),
        "other": ("其他", "其它"),
    },
)

# GB/T 4762
POLITICS = CodeList(
    "political status",
    {
        "01": ("中共党员", "党员", "中国共产党党员"),
        "02": ("预备党员", "中共预备党员"),
        "03": ("共青团员", "团员"),
        "04": ("民主党派", "民主党派成员"),
        "12": ("无党派", "无党派人士"),
        "13": ("群众", "普通群众", "公民"),
    },
)

# GB/T 4658
EDUCATION = CodeList(
    "education",
    {
        "10": ("研究生", "硕士", "博士", "硕士研究生", "博士研究生"),
        "20": ("大学本科", "本科", "大学"),
        "30": ("大学专科", "专科", "大专", "高职"),
        "40": ("中等职业", "中专", "中职", "技校", "职高"),
        "60": ("普通高中", "高中"),
        "70": ("初中",),
        "80": ("小学", "小学及以下"),
        "90": ("其他", "其它", "文盲", "学龄前", "幼儿园", "无"),
    },
)
SCHOOL_LEVEL = {
    "10": "postgraduate", "20": "undergraduate", "30": "college", "40": "vocational", "60": "senior", "70": "junior",
    "80": "primary", "90": "other",
}  # fmt: skip
