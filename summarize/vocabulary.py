"""Word lists of the gazetteer's matcher: the groups that rules name, and what capitals do not mean."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: What a rule of the data may name as "@group" in any of its lists.
GROUPS: dict[str, frozenset[str]] = {
    # Right after a name: the name does something that only an organization or a service does.
    "@acts": _words(
        "said says announced announces unveiled unveils launched launches acquired acquires "
        "confirmed declined reported reports released releases sued sues plans denied "
        "ceo cto cfo co-founder cofounder founder executives executive engineers engineer employees "
        "employee spokesperson spokesman spokeswoman shares stock shareholders investors inc "
        "corp app apps users user customers subscribers servers server products services "
        "platform accounts account"
    ),
    # Near a name: the talk is of business or technology.
    "@company": _words(
        "company companies corporation ceo shares stock stocks shareholders investors investor "
        "revenue earnings profit profits startup startups tech technology technologies users "
        "customers app apps software hardware employees layoffs headquarters acquisition "
        "acquired antitrust executives executive engineers cloud device devices smartphone "
        "smartphones internet online digital platform platforms nasdaq valuation billion market "
        "maker giant rival rivals founder co-founder cofounder servers computing"
    ),
    "@app": _words(
        "app apps platform platforms users user account accounts messaging messenger messages "
        "message chat chats encrypted encryption post posts posted posting download downloads "
        "social network feed followers login outage video streaming subscribers subscription "
        "notifications channel channels server servers software feature features meeting "
        "meetings workplace website tweet tweets tweeted privacy smartphone ios android"
    ),
    "@social": _words(
        "platform platforms social twitter tweet tweets tweeted repost reposts retweet users "
        "musk yaccarino account accounts post posts posted posting app apps advertisers feed "
        "followers timeline hashtag threads mastodon bluesky facebook instagram tiktok xai "
        "subscribers verification servers outage moderation"
    ),
    "@ai": _words(
        "ai a.i. chatbot chatbots assistant model models llm llms openai chatgpt anthropic google "
        "deepmind artificial intelligence generative prompt prompts multimodal gpt copilot "
        "benchmark benchmarks startup tokens hugging neural"
    ),
    "@code": _words(
        "programming programmer programmers language languages code coding codebase developer "
        "developers compiler compiled library libraries framework runtime software api apis "
        "script scripts github syntax interpreter javascript linux open-source kernel backend"
    ),
    "@chip": _words(
        "chip chips chipmaker processor processors semiconductor semiconductors cpu cpus gpu gpus "
        "silicon architecture softbank nvidia qualcomm foundry wafer wafers tsmc licensing"
    ),
    "@game": _words(
        "console consoles game games gaming gamers gamer nintendo playstation xbox sega handheld "
        "multiplayer developer publisher esports joy-con controller controllers"
    ),
    "@crypto": _words(
        "crypto cryptocurrency cryptocurrencies bitcoin ethereum blockchain exchange token tokens "
        "coin coins wallet wallets winklevoss ether defi stablecoin stablecoins"
    ),
    "@pay": _words(
        "payment payments fintech pay merchants merchant card cards bank banks banking checkout "
        "transactions transaction wallet credit paypal startup startups valuation"
    ),
    "@os": _words(
        "microsoft pc pcs operating system computer computers laptop laptops desktop software "
        "update updates version malware linux mac macs macos users driver drivers install "
        "installed installer security patch vulnerability browser apps app intel amd"
    ),
}

#: Marks after which a capital letter is no sign of a name.
BOUNDARIES = frozenset(".!?:;“”\"'(){}[]—–•*|…»«>-/#@")

#: Capitalised words before a surname that are not a first name: "CEO Musk", "On Monday Musk said".
NOT_FIRST_NAMES = _words(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may "
    "june july august september october november december today yesterday tomorrow tonight "
    "spring summer autumn fall winter christmas "
    "mr mrs ms miss mx dr sir dame lord lady prof professor president senator sen rep "
    "representative congressman congresswoman secretary minister chancellor governor gov judge "
    "justice commissioner chairman chairwoman chair chief executive director founder cofounder "
    "co-founder boss owner billionaire entrepreneur mogul tycoon investor inventor engineer "
    "developer publisher maker startup giant company app rival service parent platform newcomer "
    "tech technologist businessman businesswoman officer captain adviser advisor "
    "a an the this that these those he she it they we you i his her its their our your my who "
    "whom whose which what when where why how if unless until while whether since because "
    "although though as at by for from in into of off on onto out over under up with without "
    "within about above across after against along among around before behind below beneath "
    "beside besides between beyond despite down during except inside like near outside past "
    "per through throughout to toward towards upon via versus vs than then there here now "
    "and or but nor so yet not no yes both either neither each every all any some such same "
    "many most much more few several one two three another other only just even still also "
    "again once twice soon later meanwhile however moreover furthermore instead otherwise "
    "therefore thus hence perhaps maybe earlier recently previously currently finally "
    "eventually ultimately initially originally reportedly apparently allegedly clearly "
    "obviously unfortunately fortunately surprisingly interestingly notably similarly "
    "separately additionally indeed ironically sometimes often always never ever already "
    "rarely usually typically generally basically essentially actually really nonetheless "
    "nevertheless consequently accordingly likewise today's meantime "
    "did does do has have had is are was were be been can could will would shall should might "
    "must may let's let given asked both when former ex late new old former big does said says "
    "poor dear did lest provided unlike thanks according regarding concerning following "
    "owner-ceo chief-twit technoking elsewhere afterwards afterward"
)

#: After a version-like number, these make it a count: "iPhone 5 million".
QUANTITIES = _words(
    "million billion trillion thousand hundred percent % times years year months month weeks "
    "week days day hours hour minutes minute people units dollars euros"
)

#: Words that belong to a version after its number ("15 Pro Max"), and those that may stand alone.
SUFFIXES = frozenset({"Pro", "Max", "Plus", "Ultra", "Mini", "mini", "Lite"})
LONE_SUFFIXES = frozenset({"Pro", "Ultra", "Mini", "mini", "Air", "SE", "X", "XS", "XR", "Max"})

#: Over a hyphen, before and after a name: "ex-Apple", "X-owned".
HYPHEN_BEFORE = _words("anti ex non pro pre post co all then mid half us")
HYPHEN_AFTER = _words(
    "owned backed based led made like style branded run funded designed approved powered related "
    "parent supported developed controlled affiliated issued exclusive built hosted sponsored "
    "compatible only friendly first era specific native inspired published focused to"
)

#: After a name and a full stop, these make a host name of it.
DOMAINS = _words("com org net io ai co gov edu dev app tv me uk eu de fr us info")
