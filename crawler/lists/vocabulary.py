"""Words that lists use for links, columns and labels, in several languages.

All are in lower case and without signs, as `plain_words` returns them.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import Final

from crawler.lists.text import collapse, plain_words, words

_MAX_NAME: Final = 40
"""Longest text that may be the name of a source."""


class Role(Enum):
    """The meaning of the cells of a column."""

    NAME = auto()
    DESCRIPTION = auto()
    REPOSITORY = auto()
    """A link to its repository, or the repository's name."""
    MENTION = auto()
    """Other things for comparison."""
    OTHER = auto()
    """Its category, licence, stars and so on."""


_HEADERS: Final = {
    Role.NAME: """
        name | names | title | project | projects | project name | tool | tools | tool name
        | library | libraries | package | package name | plugin | framework | software | app
        | application | resource | product | item | program | algorithm name | model name | 名称
        | 名字 | 项目 | 项目名 | 项目名称 | 工具 | 工具名 | 工具名称 | 库 | 框架 | 标题 | 名稱
        | 專案 | 名前 | プロジェクト | プロジェクト名 | ツール | タイトル | 이름 | 프로젝트
        | 도구 | nom | projet | outil | titre | nombre | proyecto | herramienta | título | nome
        | projeto | ferramenta | projekt | werkzeug | titel | bezeichnung | nazwa | narzędzie
        | имя | название | проект | инструмент | назва | isim | proje | ad | tên | dự án
        | progetto | strumento | titolo
    """,
    Role.DESCRIPTION: """
        description | descriptions | desc | short description | project description | about
        | summary | details | introduction | intro | overview | purpose | explanation | what
        | what is it | what it does | what does it do | comment | comments | note | notes
        | remark | remarks | features | 描述 | 说明 | 简介 | 介绍 | 项目描述 | 项目介绍
        | 项目简介 | 备注 | 特点 | 描述信息 | 描述與說明 | 說明 | 簡介 | 介紹 | 説明 | 概要
        | 備考 | 설명 | 소개 | beschreibung | descripción | descrição | descrizione | описание
        | комментарий | опис | opis | açıklama | mô tả | présentation | resumen | sobre
    """,
    Role.REPOSITORY: """
        link | links | url | urls | github | github link | github repo | github repository
        | github url | repo | repos | repository | repositories | source | sources | source code
        | code | git | address | project address | project link | project url | repo link
        | repo url | code link | web | on github | implementation | implementations
        | official code | official implementation | 链接 | 地址 | 项目地址 | 项目链接 | 仓库
        | 仓库地址 | 源码 | 代码 | 源代码 | 开源地址 | 连接 | 網址 | 連結 | 鏈接 | リンク
        | リポジトリ | ソース | ソースコード | 링크 | 저장소 | 코드 | lien | dépôt | enlace
        | enlaces | repositorio | código | ligação | repositório | quelle | quellcode | ссылка
        | ссылки | репозиторий | код | исходный код | посилання | bağlantı | liên kết
        | collegamento | fonte
    """,
    Role.MENTION: """
        instead of | alternative to | alternatives to | alternative | alternatives | replaces
        | replacement for | similar to | inspired by | based on | built on | built with
        | powered by | depends on | dependencies | compared to | competitors | fork of
        | forked from | 替代 | 替代品 | 替代方案 | 代替 | 基于 | 类似 | 代替ソフト
        | alternative à | alternativa a | ersetzt | вместо | аналог | аналоги
    """,
    Role.OTHER: """
        no | nr | n | num | number | id | index | idx | rank | sno | s no | sl no | order | row
        | category | categories | type | types | kind | group | section | topic | topics | tag
        | tags | area | field | domain | class | subcategory | star | stars | star count
        | github stars | stargazers | fork | forks | watchers | issues | open issues | license
        | licence | licenses | language | languages | lang | tech | tech stack | stack | platform
        | platforms | os | version | versions | release | latest release | date | year | updated
        | last update | last updated | last commit | commits | created | added | month | day
        | time | author | authors | maintainer | maintainers | owner | creator | developer
        | status | state | active | maintained | price | pricing | cost | free | open source
        | website | site | homepage | home page | demo | live demo | docs | documentation
        | screenshot | screenshots | preview | image | images | logo | icon | badge | badges
        | download | downloads | build | ci | size | rating | score | level | difficulty
        | country | location | email | contact | twitter | discord | youtube | video | blog
        | venue | conference | journal | publication | auth | https | cors | region | remote
        | popularity | quality | support | supported | 序号 | 编号 | 排名 | 分类 | 类别 | 类型
        | 标签 | 语言 | 作者 | 星数 | 许可证 | 协议 | 平台 | 状态 | 版本 | 日期 | 时间 | 更新时间
        | 官网 | 文档 | 演示 | 截图 | 預覽 | 預覧 | 分類 | 類別 | 語言 | 番号 | 種類 | カテゴリ
        | カテゴリー | 言語 | ライセンス | 번호 | 분류 | 언어 | catégorie | langue | licence
        | catégories | étoiles | auteur | categoría | lenguaje | idioma | licencia | estrellas
        | autor | categoria | linguagem | licença | estrelas | kategorie | sprache | lizenz
        | sterne | nummer | категория | язык | лицензия | звезды | звёзды | автор | номер
        | категорія | мова | kategori | dil | lisans | linguaggio | licenza | stelle | autore
        | numero | numéro | número
    """,
}
_ROLES: Final = {
    header.strip(): role for role, headers in _HEADERS.items() for header in headers.split("|")
}

_SOURCE: Final = words(
    """source sources src code github git gh repo repos repository repositories opensource
    sourcecode codebase implementation implementations materials material slides project 源码
    源代码 代码 仓库 项目 项目地址 项目主页 源码地址 代码地址 开源地址 原始碼 程式碼 ソース
    ソースコード コード リポジトリ 소스 소스코드 코드 저장소 quellcode quelltext código
    repositorio repositório dépôt depot репозиторий исходники исходный код гитхаб kod kaynak
    codice sorgente"""
)
_BESIDE_SOURCE: Final = words(
    """the view see official original link links page here on at of full and its our my this in
    for public main available hub git fonte fuente le el il o de du der auf sur en на в 在 上 の"""
)
"""Words that may accompany those in the name of a link; alone they do not name a source."""

_SOURCE_UNSPACED: Final = re.compile(
    r"(?:查看|点击|开源|官方|完整|本|的|在|上|前往|访问|见|原|github|git|详见|公式|の|を見る|보기|공식)*"
    r"(?:源码|源代码|代码|仓库|項目|项目|原始碼|程式碼|倉庫|专案|ソース|ソースコード|コード|リポジトリ|소스|코드|저장소)+"
    r"(?:地址|链接|主页|仓库|库|首页|位址|連結|網址|在此|这里|を見る|はこちら|リンク|링크|보기)*"
)
"""The same in scripts without blanks between words."""

_POINTERS: Final = words(
    """here link links this it click more view see details read go to also the open visit 链接
    这里 点击 查看 更多 详情 リンク こちら 詳細 링크 여기 enlace aquí lien ici hier mehr ссылка
    здесь тут qui aqui"""
)
"""Words of links that only point at something."""

_PLACES: Final = words(
    """here link links this click more website site homepage web home page docs doc documentation
    demo live online preview paper pdf arxiv blog post article video youtube download downloads
    release releases wiki readme tutorial guide examples example api reference screenshot
    screenshots try it playground install app store news changelog faq chat discord twitter slack
    forum 链接 官网 文档 演示 下载 这里 主页 网站 在线 リンク サイト デモ 링크 문서 enlace aquí
    sitio lien ici site hier webseite ссылка здесь тут сайт документация qui sito aqui"""
)
"""Words for where a link leads, not for what it is."""

_NAMES_PROJECT: Final = words(
    """project address url link home repository repo code source github git location 项目
    项目地址 地址 项目链接 链接 项目主页 源码 源码地址 代码 代码地址 仓库 仓库地址 开源地址
    github地址 主页 專案 網址 リポジトリ ソース リンク プロジェクト 저장소 주소 링크 adresse
    projet dépôt projekt quelle quellcode enlace dirección proyecto repositorio código endereço
    projeto repositório адрес проект ссылка репозиторий indirizzo progetto codice adres proje"""
)
_NAMES_OTHER: Final = words(
    """demo sample example apk download doc docs documentation author license licence language
    platform version screenshot screenshots preview image website homepage blog video tutorial
    tags stars demos category type status price updated date effect article 效果 效果图 示例 演示
    文档 下载 作者 语言 截图 官网 博客 教程 文章 在线 官方网站 网站 许可证 版本 预览 デモ 作者
    ドキュメント 데모 문서 démo exemple auteur beispiel autor ejemplo демо пример автор
    документация"""
)
"""Labels of lines about a project that say neither where nor what it is."""

_NAMES_HOME: Final = words(
    "homepage home website site web page 主页 官网 网站 サイト 사이트 сайт sitio"
)

_LANGUAGES: Final = words(
    """english 英文 英语 中文 简体中文 繁體中文 繁体中文 正體中文 chinese simplified traditional
    日本語 日本 japanese 한국어 korean español espanol spanish français francais french deutsch
    german italiano italian português portugues portuguese brasileiro русский russian українська
    ukrainian polski polish türkçe turkce turkish tiếng việt vietnamese العربية arabic فارسی
    persian हिन्दी hindi bahasa indonesia indonesian nederlands dutch ไทย thai čeština czech
    magyar svenska swedish עברית hebrew বাংলা"""
)
"""Names of languages, in themselves and in English."""

_BADGES: Final = words(
    """badge badges star stars stargazers build status ci test tests license licence version
    release npm pypi crates downloads download coverage codecov last commit commits activity
    contributors issues forks followers docs documentation chat join image img icon icons logo
    screenshot preview banner avatar picture photo thumbnail gif social discord slack software
    shield oss free freeware maintained maintenance languages top size"""
)
_BADGE_SOURCE: Final = re.compile(
    r"shields\.io|badge|/workflows/|travis-ci|codecov|\.fury\.io", re.I
)

_MORE: Final = words(
    """hidden show view see click tap press expand unfold toggle reveal hide collapse load more
    details detail spoiler 点击 展开 点击展开 查看 查看更多 显示 显示更多 更多 展开更多 点击查看
    详情 收起 展開 點擊展開 顯示更多 もっと見る もっと 表示 すべて表示 展開する 詳細 더 더보기
    펼치기 보기 자세히 показать ещё еще больше развернуть подробнее voir plus afficher suite
    cliquer développer mehr anzeigen zeigen ausklappen aufklappen ver más mostrar mas expandir
    clic più mostra altro mais exibir clique pokaż więcej rozwiń daha fazla göster"""
)
_BESIDE_MORE: Final = words(
    """open read display all other others remaining rest the full complete entire list lists here
    to for of and a in this section contents content items item projects project entry entries
    results repositories repos resources links tools packages libraries below me it less 全部
    모두 все tout la pour alle todo todos para di tutto wszystko"""
)
"""Words that may accompany those in a summary that only says there is more to see."""
_BRACKETED: Final = re.compile(r"[(（\[]([^()（）\[\]]*)[)）\]]\s*$")


def role_of(header: str) -> Role | None:
    """What a column with this header holds; None if the words are unknown."""
    plain = plain_words(header)
    if not plain and ("⭐" in header or "★" in header or "🌟" in header):
        return Role.OTHER
    if not plain and "#" in header:
        return Role.OTHER
    shorter = plain_words(re.split(r"[(（/&,]|\bof\b|\band\b", header)[0]) or plain
    words_of = shorter.split() or [""]
    # In most languages here, the word that counts comes last, or else first.
    names = (plain, plain.removeprefix("the "), shorter, words_of[-1], words_of[0])
    return next((role for name in names if (role := _ROLES.get(name))), None)


def is_header(label: str, role: Role) -> bool:
    """Whether a label, as a whole, is a header of this role."""
    return _ROLES.get(plain_words(label)) is role


def is_language(text: str) -> bool:
    """Whether a link with this text leads to the same document in another language."""
    named = plain_words(text).split() if len(text) <= _MAX_NAME else []
    return bool(named) and all(word in _LANGUAGES for word in named)


def is_source_name(text: str) -> bool:
    """Whether a link with this text leads to the source of the thing beside it."""
    if len(text) > _MAX_NAME:
        return False
    plain = plain_words(text).replace("open source", "opensource")
    named = [word for word in plain.split() if not word.isdigit()]
    return any(map(_is_source, named)) and all(
        word in _BESIDE_SOURCE or _is_source(word) for word in named
    )


def _is_source(word: str) -> bool:
    return word in _SOURCE or (not word.isascii() and _SOURCE_UNSPACED.fullmatch(word) is not None)


def is_place_name(text: str) -> bool:
    """Whether the text of a link says where it leads, not what it is: `here`, `Docs`."""
    named = plain_words(text).split() if len(text) <= _MAX_NAME else []
    return any(not word.isdigit() for word in named) and all(
        word.isdigit() or word in _PLACES or word in _BESIDE_SOURCE or word in _SOURCE
        for word in named
    )


def is_pointer(text: str) -> bool:
    """Whether the text of a link only points: `here`, `read more`."""
    named = plain_words(text).split() if len(text) <= _MAX_NAME else []
    return bool(named) and all(word in _POINTERS for word in named)


def names_project(label: str) -> bool:
    """Whether the address after this label is that of the project itself."""
    named = [word for word in plain_words(label).split() if word not in _BESIDE_SOURCE]
    return bool(named) and all(word in _NAMES_PROJECT for word in named)


def names_other(label: str) -> bool:
    """Whether the text after this label is a mere fact, such as an author or a demo."""
    return any(word in _NAMES_OTHER for word in plain_words(label).split())


def is_badge(alt: str, source: str) -> bool:
    """Whether an image with this alternative text and source is a badge or a mere icon."""
    named = [word for word in plain_words(alt).split() if not word.isdigit()]
    return bool(_BADGE_SOURCE.search(source)) or all(
        word in _BADGES or word in _SOURCE or word in _BESIDE_SOURCE for word in named
    )


def names_home(label: str) -> bool:
    """Whether the address after this label may be that of the project if there is no other."""
    return any(word in _NAMES_HOME for word in plain_words(label).split())


def is_show_more(summary: str) -> bool:
    """Whether a summary only says that there is more to see."""
    named = [word for word in plain_words(summary).split() if not word.isdigit()]
    return not named or (
        any(word in _MORE for word in named)
        and all(word in _MORE or word in _BESIDE_MORE for word in named)
    )


def without_show_more(summary: str) -> str:
    """A summary without a bracket that only says something like `click to expand`."""
    found = _BRACKETED.search(summary)
    if found and found[1].strip() and is_show_more(found[1]):
        return collapse(summary[: found.start()])
    return summary
