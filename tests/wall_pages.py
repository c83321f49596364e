"""Pages that stand in an article's place, as those who make them do, and articles about all of it."""

from fault_server import article

PROSE = (
    "Nobody in the harbour office had thought that the notice would matter to anyone, said Ada "
    "Lindqvist, who keeps the timetables. On Monday the first passengers stood in front of the "
    "screen, read it twice, and went to the kiosk to ask what it meant. The kiosk had no answer, "
    "so it sold them coffee. By noon the queue went around the corner and past the old crane."
)
MORE_PROSE = (
    "The harbour master came down from his tower at two, looked at the screen and at the queue, "
    "and had the notice taken off. He would rather have the swans back, he said."
)


def page(title, *body, head=""):
    return f"<!DOCTYPE html><html><head><title>{title}</title>{head}</head><body>{''.join(body)}</body></html>"


def p(*paragraphs):
    return "".join(f"<p>{text}</p>" for text in paragraphs)


def plain_article(title, *paragraphs):
    """An article without any metadata, as old and small sites have it, of some 100 words."""
    return page(
        title, f"<h1>{title}</h1>", p(PROSE, MORE_PROSE, *paragraphs), "<a href='/'>Home</a>"
    )


_LOGIN_FORM = "<form action='/in'><input name='name'><input type='password' name='word'><button>Go</button></form>"
_YES_NO = "<button>Accept all</button><button>Reject all</button><button>Settings</button>"
_PLANS = (
    p("Digital: €2.50 per week.", "Digital and paper: €5 per week.") + "<button>Choose</button>"
)

#: Name: (reason, page).
WALLS = {
    "Cloudflare, challenge": (
        "bot_wall",
        page(
            "Just a moment...",
            "<div class='main-wrapper'><h1 class='zone-name-title'>quay.example</h1>",
            "<h2 id='challenge-running'>Verifying you are human. This may take a few seconds.</h2>",
            "<noscript>Enable JavaScript and cookies to continue</noscript>",
            "<div>quay.example needs to review the security of your connection before proceeding.</div></div>",
            "<script>window._cf_chl_opt={cType:'managed'};</script>",
            head="<meta name='robots' content='noindex,nofollow'>",
        ),
    ),
    "Cloudflare, in German": (
        "bot_wall",
        page("Nur einen Moment…", "<p>Bestätigen Sie, dass Sie ein Mensch sind.</p>"),
    ),
    "Cloudflare, blocked": (
        "bot_wall",
        page(
            "Attention Required! | Cloudflare",
            "<div id='cf-error-details'><h1>Sorry, you have been blocked</h1>",
            "<h2>You are unable to access quay.example</h2>",
            "<h2>Why have I been blocked?</h2>",
            p("This site uses a service to protect itself from attacks. What you did triggered it. "
              "A word, a command or malformed data may have been the cause."),
            "<h2>What can I do to resolve this?</h2>",
            p("Write to the owner, tell what you were doing, and name the Ray ID below."),
            "<span>Cloudflare Ray ID: 8a1b2c3d4e5f</span></div>",
        ),
    ),
    "DataDome": (
        "bot_wall",
        page(
            "quay.example",
            "<p id='cmsg'>Please enable JS and disable any ad blocker</p>",
            "<script>var dd={'rt':'c','host':'geo.captcha-delivery.com'}</script>",
            "<script src='https://ct.captcha-delivery.com/c.js'></script>",
        ),
    ),
    "HUMAN": (
        "bot_wall",
        page(
            "Access to this page has been denied",
            "<h1>Before we continue...</h1><p>Press &amp; Hold to confirm you are a human (and not a bot).</p>",
            "<div id='px-captcha'></div><p>Reference ID 0f1e2d</p>",
        ),
    ),
    "Akamai": (
        "bot_wall",
        page(
            "Access Denied",
            "<h1>Access Denied</h1>You don't have permission to access \"http://quay.example/2024/a\" on this server.",
            "<p>Reference #18.2d351ab8.1557333295.a4e16ab</p>",
            "<p>https://errors.edgesuite.net/18.2d351ab8</p>",
        ),
    ),
    "Imperva": (
        "bot_wall",
        page(
            "",
            "<iframe id='main-iframe' src='/_Incapsula_Resource?SWUDNSAI=31&amp;incident_id=7'>",
            "Request unsuccessful. Incapsula incident ID: 7-1</iframe>",
        ),
    ),
    "Distil": (
        "bot_wall",
        page(
            "Pardon Our Interruption",
            "<h1>Pardon Our Interruption</h1>",
            p("As you were browsing, something about your browser made us think you were a bot. "
              "Perhaps a plug-in keeps scripts from running, or you went through the pages very fast."),
        ),
    ),
    "AWS": (
        "bot_wall",
        page("Human Verification", "<div id='captcha-container'></div><script>window.awsWafCookieDomainList=[]</script>"),
    ),
    "search engine": (
        "bot_wall",
        page(
            "http://quay.example/2024/a",
            p("Our systems have detected unusual traffic from your computer network. This page checks "
              "whether it is really you sending the requests, and not a robot."),
        ),
    ),
    "robot or human": ("bot_wall", page("Robot or human?", "<h1>Robot or human?</h1><button>Activate</button>")),
    "captcha in French": ("bot_wall", page("Accès refusé", p("Activité inhabituelle. Vérifiez que vous n'êtes pas un robot."))),
    "captcha in Spanish": ("bot_wall", page("Un momento, por favor", p("Verificando que eres un ser humano."))),
    "captcha in Russian": ("bot_wall", page("Вы не робот?", p("Подтвердите, что вы не робот."))),
    "captcha in Chinese": ("bot_wall", page("安全验证", p("请完成验证以继续访问。"))),
    "consent, in English": (
        "consent_wall",
        page(
            "Before you continue to Quay",
            "<h1>Before you continue to Quay</h1>",
            p("We use cookies and data to deliver and maintain our services, to track outages, and to "
              "measure how you use the site.",
              "If you choose to accept all, we will also use cookies and data to show personalised ads."),
            _YES_NO,
        ),
    ),
    "consent, framework": (
        "consent_wall",
        page(
            "Quay",
            "<div role='dialog'><h2>We value your privacy</h2>",
            p("We and our 842 partners store and/or access information on a device, such as cookies, and "
              "process personal data, such as unique identifiers, for personalised advertising, "
              "measurement of advertising and content, and to learn about our readers.",
              "You can withdraw your consent at any time. Some of our partners rely on legitimate interest."),
            _YES_NO, "</div>",
        ),
    ),
    "consent, no heading": (
        "consent_wall",
        page("Quay", p("We and our 842 partners store and/or access information on a device."), _YES_NO),
    ),
    "consent, in German": (
        "consent_wall",
        page(
            "Kaiblatt",
            "<h1>Weiterlesen mit Werbung</h1><h2>Mit Werbung weiterlesen</h2>",
            p("Wir und unsere bis zu 120 Partner verwenden Cookies und ähnliche Technologien.",
              "Ihre Einwilligung können Sie jederzeit widerrufen. Sie umfasst personalisierte Werbung."),
            "<button>Akzeptieren und weiter</button><a class='btn' href='/pur'>Zum Abo</a>",
        ),
    ),
    "consent, in French": (
        "consent_wall",
        page(
            "Le Quai", "<h1>Avant d'accéder au site</h1>",
            p("Nous et nos 700 partenaires utilisons des cookies et des traceurs pour des publicités "
              "personnalisées. Votre consentement peut être retiré à tout moment."),
            "<button>Tout accepter</button><button>Continuer sans accepter</button>",
        ),
    ),
    "consent, in Spanish": (
        "consent_wall",
        page(
            "El Muelle", "<h1>Antes de continuar</h1>",
            p("Nosotros y nuestros 500 socios utilizamos cookies y tratamos datos personales."),
            "<button>Aceptar todo</button><button>Rechazar todo</button>",
        ),
    ),
    "consent, in Italian": (
        "consent_wall",
        page(
            "Il Molo", "<h1>Prima di continuare</h1>",
            p("Noi e i nostri 600 partner archiviamo informazioni e utilizziamo i cookie."),
            "<button>Accetta tutti</button><button>Rifiuta tutti</button>",
        ),
    ),
    "consent, in Dutch": (
        "consent_wall",
        page(
            "De Kade", "<h1>Voordat je verdergaat</h1>",
            p("Wij en onze partners plaatsen cookies. Je kunt alles accepteren of instellen."),
            "<button>Akkoord</button>",
        ),
    ),
    "consent, in Polish": (
        "consent_wall",
        page(
            "Nabrzeże", "<h1>Zanim przejdziesz do serwisu</h1>",
            p("My i nasi partnerzy przechowujemy pliki cookie. Możesz zaakceptować wszystko."),
            "<button>Zgadzam się</button>",
        ),
    ),
    "other country": (
        "region_wall",
        page(
            "Quay", "<h1>We're sorry</h1>",
            p("We recognize you are attempting to access this website from a country belonging to the "
              "European Economic Area and therefore cannot grant you access at this time."),
        ),
    ),
    "other country, in German": ("region_wall", page("Kaiblatt", p("Dieser Inhalt ist in Ihrer Region nicht verfügbar."))),
    "login": ("login_wall", page("Sign in", "<h1>Sign in</h1>", _LOGIN_FORM)),
    "login, with the site's name": (
        "login_wall",
        page("Log in | The Quay", "<h1>Welcome back</h1>", _LOGIN_FORM, p("No account yet? Make one. It is free.")),
    ),
    "login, in German": ("login_wall", page("Anmelden - Kaiblatt", "<h1>Bitte anmelden</h1>", _LOGIN_FORM)),
    "login, in French": ("login_wall", page("Connexion", "<h1>Identifiez-vous</h1>", _LOGIN_FORM)),
    "login, in Spanish": ("login_wall", page("El Muelle", "<h1>Inicia sesión</h1>", _LOGIN_FORM)),
    "login, in Swedish": ("login_wall", page("Kajen", "<h1>Logga in</h1>", _LOGIN_FORM)),
    "subscribe": ("subscribe_page", page("Subscribe to The Quay", "<h1>Choose your plan</h1>", _PLANS)),
    "subscribe, in German": (
        "subscribe_page",
        page("Unsere Abo-Angebote | Kaiblatt", "<h1>Jetzt abonnieren</h1>", p("Digital: 9,90 € im Monat", "Papier: 29 € im Monat"),
             "<button>Bestellen</button>"),
    ),
    "subscribe, in French": (
        "subscribe_page",
        page("Abonnez-vous au Quai", "<h1>Nos offres d'abonnement</h1>", p("1 € le premier mois", "puis 9,99 € par mois"),
             "<button>Je m'abonne</button>"),
    ),
}  # fmt: skip

#: Articles that speak of walls, in full and short, with and without metadata: each is an article.
ABOUT = {
    "just a moment": plain_article("Just a moment, says the ferry, and means an hour"),
    "access denied": plain_article("Access denied", "The gate has said so to everyone since Monday, in red letters."),
    "attention required": plain_article("Attention required: the swans are back", "They bite."),
    "are you a robot": plain_article(
        "Are you a robot?",
        "“Verify you are human”, the screen asked the harbour master, and would not take no for an answer.",
    ),
    "Cloudflare": plain_article(
        "When every site checks your browser",
        "The message “Checking your browser before accessing” and its Ray ID come from Cloudflare; in the "
        "source of the page stands <code>_cf_chl_opt</code>, and readers write to the harbour about it. "
        "“Enable JavaScript and cookies to continue” is all that some of them have ever seen of the timetable.",
    ),
    "cookies": plain_article(
        "We value your privacy, says the banner",
        "The harbour's site asks for consent before it shows when the ferry leaves. “We and our 842 partners "
        "store and/or access information on a device”, it says.",
        "Nobody in the office knows who the partners are, and the ferry does not carry cookies.",
    ),
    "cookies, with a banner": page(
        "Before you continue: what cookie banners cost",
        "<h1>Before you continue: what cookie banners cost</h1>", p(PROSE, MORE_PROSE),
        "<div class='banner'><p>We use cookies. You can change your choices.</p>", _YES_NO, "</div>",
    ),
    "log in": page(
        "Sign in with your boat", "<h1>Sign in with your boat</h1>", p(PROSE, MORE_PROSE), _LOGIN_FORM,
    ),
    "register": plain_article("Register", "The harbour's register of ships has been kept since 1851."),
    "subscribe": page(
        "Subscribe to the tide", "<h1>Subscribe to the tide</h1>",
        p(PROSE, MORE_PROSE, "A subscription to the tide costs nothing. The paper one costs 3 euros a month."),
        "<button>Share</button>",
    ),
    "prices of subscriptions": plain_article("Ferry subscriptions rise", "The month costs €9, the year $99 or £80 per year."),
    "404": plain_article("404: a short history of the page that is not there"),
    "not found": plain_article("Page not found, a love story", "It began with a broken link."),
    "404 in German": plain_article("Seite nicht gefunden: wie ein Fehler berühmt wurde"),
    "region": plain_article(
        "Why the news stops at the border",
        "“This content is not available in your country”, the screen said, in three languages.",
    ),
    "paywalls": plain_article(
        "Subscribe to continue reading: how paywalls came to the islands",
        "Half of the papers on the islands ask for money after three lines.",
    ),
    "long, with a challenge's heading": page("Access denied", "<h1>Access denied</h1>", p(PROSE, MORE_PROSE, *(f"Day {n}. {PROSE}" for n in range(7)))),
    "says that it is one": article("Just a moment...").decode(),
}  # fmt: skip

#: Teasers of articles that are for subscribers.
_TEASER = (
    "The harbour will have a second screen before the end of the year, if the council agrees to pay "
    "for the cable, which it has not done so far."
)
TEASERS = {
    "in English": ("Subscribe to continue reading", "Already a subscriber? Log in"),
    "in German": (
        "Dieser Artikel ist exklusiv für Abonnenten.",
        "Jetzt abonnieren und weiterlesen",
    ),
    "in French": (
        "Il vous reste 82 % de cet article à lire.",
        "La suite est réservée aux abonnés.",
    ),
    "in Spanish": ("Suscríbete para seguir leyendo",),
    "in Italian": ("Contenuto riservato agli abbonati",),
    "in Portuguese": ("Conteúdo exclusivo para assinantes",),
    "in Dutch": ("Word abonnee om verder te lezen",),
    "in Swedish": ("Logga in för att läsa vidare",),
    "in Polish": ("Tekst tylko dla prenumeratorów",),
    "in Russian": ("Материал только для подписчиков",),
}


def teaser(notices):
    title = "Second screen for the harbour"
    return page(
        title,
        f"<h1>{title}</h1>",
        p(_TEASER),
        f"<div class='wall'>{p(*notices)}<button>Go</button></div>",
    )


#: What the heading of a missing page says.
MISSING = (
    "404", "Error 404", "404 - Page not found", "Page not found", "Oops! Page not found", "Sorry, page not found | The Quay",
    "This page isn't available", "Story no longer available", "Seite nicht gefunden", "Die Seite wurde nicht gefunden - Kaiblatt",
    "Page introuvable", "Cette page n'existe plus", "Página no encontrada", "Página não encontrada", "Pagina non trovata",
    "Pagina niet gevonden", "Sidan hittades inte", "Siden blev ikke fundet", "Siden finnes ikke", "Sivua ei löydy",
    "Nie znaleziono strony", "Stránka nebyla nalezena", "Az oldal nem található", "Pagina nu a fost găsită", "Sayfa bulunamadı",
    "Страница не найдена", "Сторінку не знайдено", "Η σελίδα δεν βρέθηκε", "الصفحة غير موجودة", "הדף לא נמצא",
    "ページが見つかりません", "页面不存在", "페이지를 찾을 수 없습니다", "Không tìm thấy trang", "Halaman tidak ditemukan",
)  # fmt: skip


def missing(heading):
    """A page that answers 200 and has only a list of other articles."""
    links = "".join(f"<li><a href='/{n}'>The ferry, part {n} of many</a></li>" for n in range(3))
    return page(
        heading, f"<h1>{heading}</h1>", p("Try the search, or one of these."), f"<ul>{links}</ul>"
    )
