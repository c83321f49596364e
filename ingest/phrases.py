"""What pages say that are no articles, in the languages of the web: walls, missing pages, paywalls.

Each pattern says what such a page tells its reader, in the second person or as a heading. None is
enough by itself, since articles are written about all of them: `ingest.walls` and `ingest.notices`
also ask how long the text is and how the page is made. No pattern has an unbounded repetition
that can begin at every character of a text.
"""

import re


def _any(*phrases: str) -> re.Pattern[str]:
    return re.compile("|".join(phrases), re.I)


#: Headings of pages that stand in the way of programs; the whole heading is one of them.
CHALLENGE_HEADING = _any(
    r"just a moment", r"attention required", r"access(?: to this page)? (?:has been )?denied", r"please wait",
    r"one (?:more )?(?:moment|step)(?:,? please)?", r"(?:checking|verifying) your browser.*", r"client challenge",
    r"(?:vercel )?security (?:check|verification|checkpoint)", r"are you (?:a robot|human)", r"robot or human",
    r"(?:verify|verifying|confirm|please verify)(?: that)? you(?:'|’)?(?: a)?re (?:a )?(?:human|not a robot).*",
    r"human verification", r"bot (?:check|verification|detection)", r"pardon our interruption", r"ddos-guard",
    r"captcha", r"(?:sorry, )?you have been blocked", r"unusual (?:traffic|activity).*", r"error 1020",
    r"sucuri website firewall.*", r"(?:einen|nur einen|ein) moment(?: bitte)?", r"un (?:instant|momento)(?: por favor)?",
    r"zugriff verweigert", r"sind sie ein (?:roboter|mensch)", r"acc[eè]s (?:refus[ée]|interdit)", r"acceso denegado",
    r"accesso negato", r"acesso negado", r"toegang geweigerd", r"ben je een (?:mens|robot)", r"odmowa dostępu",
    r"vérification (?:de sécurité|que vous êtes humain)", r"доступ (?:запрещ[её]н|ограничен)", r"вы не робот",
    r"安全验证", r"人机验证", r"访问(?:被拒绝|验证)", r"アクセスが拒否されました", r"보안 확인",
)  # fmt: skip

#: Sentences on them.
CHALLENGE = _any(
    r"checking (?:your browser before|if the site connection is secure)", r"verify(?:ing)?(?: that)? you are (?:a )?human",
    r"(?:enable|turn on) (?:javascript|js) and (?:cookies to continue|disable any ad ?blocker)",
    r"unusual (?:traffic|activity) (?:from|coming from|on|has been)", r"complete the (?:security check|captcha)",
    r"(?:prove|confirm)(?: that)? you(?:'|’)?(?: a)?re (?:not a (?:ro)?bot|(?:a )?human)", r"\bi(?:'|’)m not a robot",
    r"press (?:&|and) hold", r"you don(?:'|’)t have permission to access .{1,300} on this server",
    r"request unsuccessful\. incapsula", r"your (?:ip|ip address|request) (?:has been|was|is) blocked",
    r"why have i been blocked", r"needs to review the security of your connection", r"cloudflare ray id",
    r"automated (?:access|requests|tools|traffic)", r"made us think (?:that )?you (?:were|are|might be) a (?:ro)?bot",
    r"bestätigen sie,? dass sie (?:ein mensch|kein roboter)", r"ungewöhnliche[nrs]? (?:datenverkehr|zugriffe|aktivität)",
    r"vérifi\w{1,12} que vous (?:êtes|n(?:'|’)êtes pas)", r"(?:trafic|activité) inhabituel", r"activez javascript et les cookies",
    r"verifi\w{1,12} que (?:eres|es|usted es) (?:un )?(?:ser )?human", r"tráfico inusual", r"que no eres un robot",
    r"verifica\w{0,12} (?:di essere|che sei|che tu sia) (?:un )?(?:essere )?uman", r"traffico (?:insolito|anomalo)",
    r"(?:confirme|verifi\w{1,12}) que (?:você )?é (?:um )?(?:ser )?human", r"tráfego incomum",
    r"controleer\w{0,12} (?:of|dat) (?:je|u) een mens", r"potwierdź, że (?:jesteś człowiekiem|nie jesteś robotem)",
    r"подтвердите, что вы (?:не робот|человек)", r"(?:验证|确认)(?:您|你)(?:是|不是)(?:真人|机器人)",
    r"(?:ロボットではない|人間である)ことを", r"(?:로봇이 아닙니다|사람인지 확인)",
)  # fmt: skip

#: Headings of pages that ask for consent before they show anything.
CONSENT_HEADING = _any(
    r"before you (?:continue|proceed)\b", r"your (?:privacy|data)(?: (?:choices|matters?|settings))?$",
    r"we value your privacy", r"cookie (?:consent|notice|settings|preferences|wall)", r"(?:privacy|cookie|consent) (?:gate|wall)",
    r"bevor (?:sie|du) (?:fortfahren|fortfährst|weiter)", r"(?:mit|ohne) werbung (?:und cookies )?(?:weiterlesen|lesen)",
    r"weiter mit (?:werbung|cookies)", r"datenschutz-?einstellungen", r"zustimmung", r"avant d(?:'|’)(?:accéder|aller|continuer)",
    r"avant de (?:continuer|poursuivre)", r"gérer (?:vos|mes) (?:cookies|choix)", r"antes de continuar", r"tu privacidad",
    r"prima di (?:continuare|proseguire)", r"la tua privacy", r"voordat (?:je|u) (?:verder|doorgaat)", r"innan du fortsätter",
    r"før du fortsætter", r"før du fortsetter", r"zanim przejdziesz", r"ennen kuin jatkat", r"devam etmeden önce",
    r"прежде чем (?:продолжить|перейти)", r"续行する前に|続行する前に", r"继续之前|繼續之前",
)  # fmt: skip

#: Sentences of consent pages: the site and its partners speak to the reader, or offer a choice.
CONSENT = _any(
    r"\bwe(?: (?:and|or) (?:our|selected|certain)[^.]{0,60})?,? (?:use|store|process|may use|set|place)\b[^.]{0,60}\b(?:cookies|data|information|technologies)",
    r"(?:our|trusted|\d{1,5}) (?:advertising |third[- ]party )?(?:partners|vendors)\b", r"by (?:clicking|choosing|selecting) [^.]{0,30}(?:accept|agree|consent|ok)",
    r"store and/or access information on a device", r"personali[sz]ed (?:ads|advertising|content)", r"legitimate interest",
    r"(?:withdraw|change|manage|refuse|give) (?:your |my )?(?:consent|choices?|cookies|preferences|privacy settings)", r"(?:accept|reject|allow) all",
    r"use cookies", r"wir (?:und|verwenden|nutzen|setzen|verarbeiten)\b[^.]{0,80}(?:cookies|daten|partner|technologien)", r"(?:unsere|\d{1,5}) partner",
    r"ihre (?:einwilligung|zustimmung)|einwilligung (?:jederzeit|widerrufen)", r"alle(?:s)? (?:akzeptieren|ablehnen|zulassen)", r"personalisierte (?:werbung|anzeigen|inhalte)",
    r"nous (?:et (?:nos|\d{1,5})|utilisons|stockons)\b[^.]{0,80}(?:cookies|données|partenaires|traceurs)", r"(?:nos|\d{1,5}) partenaires", r"votre consentement",
    r"(?:tout|continuer sans) (?:accepter|refuser)", r"publicités? personnalisées?", r"(?:nosotros|utilizamos|usamos|almacenamos)\b[^.]{0,80}cookies",
    r"(?:nuestros|\d{1,5}) socios", r"(?:aceptar|rechazar) (?:todo|todas)", r"su consentimiento", r"(?:noi|utilizziamo|usiamo|archiviamo)\b[^.]{0,80}cookie",
    r"(?:i nostri|\d{1,5}) partner", r"(?:accetta|rifiuta) tutt[io]", r"(?:usamos|utilizamos|armazenamos)\b[^.]{0,80}cookies", r"(?:aceitar|rejeitar) tudo",
    r"(?:wij|we) (?:en|gebruiken|plaatsen)\b[^.]{0,80}cookies", r"alles (?:accepteren|weigeren)|alle cookies", r"\bvi (?:och|og|använder|bruger|bruker)\b[^.]{0,80}(?:cookies|partner)",
    r"(?:godkänn|acceptera|accepter|godta|avvisa|afvis) all[ae]", r"(?:my i nasi|używamy|korzystamy z)\b[^.]{0,80}(?:cookie|partner)", r"(?:zaakceptuj|odrzuć) wszystk",
    r"мы (?:и наши|используем)\b[^.]{0,80}(?:cookie|куки|партн)", r"(?:принять|отклонить) вс[её]", r"cookie を使用|Cookie を使用|すべて(?:同意|拒否|許可)", r"(?:全部|所有)(?:接受|拒绝)|使用\s?cookie",
)  # fmt: skip

#: What is written on the button that lets the reader in.
ACCEPT = _any(
    r"accept", r"agree", r"\bconsent\b", r"allow all", r"got it", r"akzeptier", r"zustimm", r"einverstanden", r"weiterlesen", r"j(?:'|’)accepte",
    r"(?:tout )?accepter", r"continuer", r"acept", r"accett", r"aceitar", r"akkoord", r"accepteren", r"godkänn", r"acceptera", r"godta", r"tillad",
    r"zgadzam|akceptuj|zaakceptuj", r"souhlas", r"elfogad", r"hyväksy", r"kabul", r"приня|соглас", r"同意", r"接受", r"동의",
)  # fmt: skip

#: Notices that a page is withheld from the reader's country.
REGION = _any(
    r"(?:not|un)available (?:in|to|for|from) (?:(?:readers|users|visitors) in )?(?:your|most european|some) (?:countr(?:y|ies)|region|location|area)",
    r"unavailable (?:due to|for) legal reasons", r"from a country belonging to the european economic area",
    r"in (?:ihrem land|ihrer region) nicht verfügbar|nicht in (?:ihrem land|ihrer region) verfügbar",
    r"(?:pas|non) disponible dans votre (?:pays|région)", r"no (?:está )?disponible en (?:su|tu) (?:país|región)",
    r"não (?:está )?disponível (?:no seu país|na sua região)", r"non (?:è )?disponibile nel (?:tuo|suo) paese",
)  # fmt: skip

#: Headings of pages that ask the reader to log in; the whole heading is one of them.
LOGIN_HEADING = _any(
    r"(?:please )?(?:log|sign) ?-?in(?: (?:to|or) .{1,60})?", r"(?:member|account|user|subscriber) log ?in", r"log ?in (?:required|needed)",
    r"(?:create|register)(?: (?:an|your))?(?: free)? account.{0,40}", r"register(?: now| to continue| to read)?", r"welcome back", r"(?:bitte )?(?:anmelden|einloggen|anmeldung|login)",
    r"melden sie sich an", r"(?:se )?connect(?:er|ez-vous)", r"connexion", r"identifi(?:cation|ez-vous)", r"iniciar? sesión", r"inicia sesión", r"acced[ei](?: al tuo account)?",
    r"fazer login", r"(?:faça )?login", r"entrar", r"inloggen", r"logga in", r"log ind?", r"logg inn", r"zaloguj się", r"logowanie", r"přihlášení", r"kirjaudu(?: sisään)?",
    r"giriş yap", r"вход|войти", r"ログイン", r"登录|登錄|登入", r"로그인",
)  # fmt: skip

#: Headings of pages that sell subscriptions.
SUBSCRIBE_HEADING = _any(
    r"(?:please )?subscribe(?: (?:now|today|to|for|and)\b.{0,80})?$", r"(?:choose|select|pick) (?:your|a) (?:plan|subscription|offer).{0,40}$", r"subscription (?:offers|options|plans)",
    r"become a (?:member|subscriber).{0,40}$", r"(?:jetzt )?abonnieren", r"(?:unsere )?abo-?(?:angebote|shop)?$", r"(?:ihr|dein|wählen sie ihr) abo\b.{0,40}$", r"abonnez-vous.{0,60}$",
    r"(?:nos )?offres d(?:'|’)abonnement", r"abonnement$", r"suscr[ií]b(?:ete|ase).{0,60}$", r"suscripci(?:ón|ones)$", r"abbonati.{0,60}$", r"abbonament[oi]$", r"assine.{0,60}$", r"assinaturas?$",
    r"(?:word|neem een) abonn.{0,60}$", r"prenumerera.{0,60}$", r"bli(?:v)? abonne[nr]t.{0,40}$", r"prenumerata$", r"оформ(?:ить|ите) подписку.{0,40}$", r"(?:立即)?订阅$", r"購読(?:する|申し?込み?)?$",
)  # fmt: skip
PRICE = re.compile(
    r"[$€£¥₽₹]\s?\d|\d[\d.,]{0,12}\s?(?:€|£|kr\b|zł|chf|eur|usd|руб|円|元)|(?:per|a|/|pro|par|al|por|ao) ?(?:month|week|year|mo\b|monat|woche|jahr|mois|an\b|mes|año|mese|anno|mês)",
    re.I,
)

#: What a page that is not there says of itself, as a heading.
MISSING = _any(
    r"\b404\b", r"\b(?:page|story|article|content)\s+(?:\w+\s+){0,4}?(?:not (?:be )?found|no longer (?:available|exists?)|cannot be found|could not be found|does not exist|doesn.t exist|was not found|has been removed|isn.t available|is unavailable)\b",
    r"\bnot found\b", r"can(?:no|')t find (?:that|the|this) page", r"\bnothing (?:was )?found\b", r"page unavailable",
    r"(?:seite|artikel) (?:wurde |ist |existiert )?nicht (?:mehr )?(?:gefunden|vorhanden|verfügbar)", r"(?:seite|artikel) existiert nicht", r"page (?:introuvable|non trouvée|inexistante)",
    r"(?:page|article) n(?:'|’)existe (?:pas|plus)", r"article introuvable", r"p[áa]gina no (?:encontrada|existe|disponible)", r"no (?:se )?(?:ha )?encontr\w{1,12} la página", r"página não (?:encontrada|existe)",
    r"pagina non (?:trovata|disponibile|esiste)", r"pagina (?:kan )?niet (?:worden )?gevonden", r"pagina bestaat niet", r"sidan (?:kunde inte hittas|hittades inte|finns inte|saknas)", r"siden (?:blev |ble )?ikke (?:fundet|funnet)",
    r"siden (?:findes|finnes|eksisterer) ikke", r"fant ikke siden", r"sivua ei (?:löydy|löytynyt)", r"strona nie (?:została znaleziona|istnieje)", r"nie znaleziono strony", r"stránka (?:nebyla nalezena|nenalezena|neexistuje|sa nenašla)",
    r"az oldal nem található", r"pagina nu (?:a fost găsită|există)", r"sayfa bulunamadı", r"страница не (?:найдена|существует)", r"сторінк[уа] не знайдено", r"η σελίδα δεν (?:βρέθηκε|υπάρχει)",
    r"الصفحة غير موجودة", r"(?:הדף|העמוד) לא נמצא", r"ページが(?:見つかりません|存在しません)", r"(?:页面|网页|頁面)(?:不存在|未找到|没有找到)", r"找不到(?:页面|頁面|网页)", r"페이지를 찾을 수 없", r"không tìm thấy trang", r"halaman tidak ditemukan",
)  # fmt: skip

#: Notices at a teaser that the rest is for those who pay or register.
PAYWALL = _any(
    r"subscribe (?:now )?to (?:continue|read|keep|unlock)", r"(?:free|complimentary) articles? (?:this month|left|remaining)", r"to (?:continue|keep) reading,? (?:please )?(?:subscribe|sign|log|register|create)",
    r"already a subscriber\?", r"this (?:article|story|content) is (?:available )?(?:for|only for|exclusive to|exclusively for|reserved for|only available to) (?:our |paid |paying )?(?:subscribers|members)",
    r"you(?:'|’)?ve (?:reached your|read your last) (?:free|monthly|limit)", r"(?:unlock|get access to) this (?:article|story)", r"(?:register|sign up|log in|sign in|create an account) to (?:continue|keep) reading", r"to read the (?:full|rest of (?:the|this)) (?:article|story),? (?:please )?(?:subscribe|register|log|sign)",
    r"weiterlesen mit", r"jetzt abonnieren und weiterlesen", r"(?:dieser artikel|dieser inhalt) ist (?:nur |exklusiv )?für (?:unsere )?abonnent", r"exklusiv für abonnent", r"(?:lesen sie|um) .{0,40}weiterzulesen, .{0,40}(?:abo|anmelden|registrier)",
    r"r[ée]serv[ée]e? (?:aux|à nos) abonn[ée]s", r"il vous reste [\d.,]+ ?% (?:de cet article )?à lire", r"abonnez-vous pour (?:lire|continuer)", r"suscríbete para (?:seguir|continuar) leyendo", r"(?:contenido|artículo) exclusivo para suscriptores", r"para seguir leyendo, (?:suscr|reg|inicia)",
    r"abbonati per (?:continuare|leggere)", r"(?:contenuto|articolo) riservato agli abbonati", r"per continuare a leggere", r"assine para (?:continuar|ler)", r"(?:conteúdo|matéria) exclusiv[ao] para assinantes", r"alleen voor abonnees", r"(?:word abonnee|log in) om (?:verder|dit artikel) te lezen",
    r"(?:logga in|prenumerera|bli prenumerant) för att läsa", r"(?:log ind|bliv abonnent|køb abonnement) for at læse", r"(?:kun for|forbeholdt) abonnent", r"tylko dla (?:subskrybentów|prenumeratorów)", r"aby (?:czytać dalej|przeczytać cały artykuł),? (?:wykup|zaloguj|kup)", r"только для подписчиков", r"чтобы (?:читать дальше|прочитать полностью), (?:оформите|подпишитесь|войдите)",
    r"この記事は(?:有料)?会員限定", r"続きを読むには.{0,20}(?:登録|ログイン|会員)", r"订阅(?:后|以)?(?:继续|即可)阅读", r"(?:구독|로그인) 후 (?:계속|이용)",
)  # fmt: skip
