"""The names that people give to columns, in one place: for each of our fields, what else it is called.

A bar parts the names; case, spaces and punctuation do not count (`goodwill.listen.columns` reads them).
"""

from __future__ import annotations

# Other names of a field, in every table that has it.
ANYWHERE = {
    "customer_id": "customer|customer no|customer number|customer key|client|client id|client no|user id|userid"
    "|member id|member|account id|contact id|person id|buyer id|buyer|shopper id|patron id|household id"
    "|household key|household|kunde|kunden id|kundennummer|kundennr|id client|cliente|cust|cust id|consumer id",
    "currency": "currency code|iso currency|presentment currency|waehrung|devise|moneda",
    "channel": "medium|via|sales channel|source channel|kanal",
    "language": "lang|locale|language code|sprache|langue",
    "at": "timestamp|datetime|date time|date|time|created at|created|created on|created date|creation date|zeit"
    "|datum|fecha",
    "staff": "agent|assignee|employee|rep|colleague|handled by|staff name|staff member|mitarbeiter",
    "text": "message|body|content|comment|description|review|note|nachricht|texto|texte",
}
NAMES: dict[str, dict[str, str]] = {
    "people": {
        "kind": "type|customer type|entity type",
        "name": "full name|customer name|display name|contact name|company name|nom|nombre",
        "joined_at": "joined|created at|created|signup date|sign up date|registered at|registered"
        "|registration date|member since|customer since|since|first seen|joined on",
        "country": "country code|land|pays|region|country region|default address country code",
    },
    "handles": {
        "kind": "type|handle kind|handle type",
        "value": "handle|identifier|address",
        "channel": "network|platform|site",
        "source": "origin|from",
        "confidence": "certainty|probability|score",
        "verified": "is verified|confirmed",
    },
    "roles": {
        "organisation_id": "organisation|organization|organization id|org|org id|company|company id|account|firm",
        "role": "position|function|kind",
        "say": "share|weight|influence|decision share",
        "entered_by": "by|author|user",
        "entered_at": "at|entered|date|entered on",
    },
    "purchases": {
        "purchase_id": "order id|order|order no|order number|orderid|order name|invoice|invoice no|invoice number"
        "|invoiceno|invoice id|transaction id|transaction|transaction no|basket id|receipt|receipt no|receipt id"
        "|payment id|charge id|sale id|bestellnummer|rechnungsnummer|bestell nr|id",
        "at": "purchased at|purchase date|purchased|order date|ordered at|order time|invoice date|transaction date"
        "|transaction time|sale date|sold at|paid at|payment date|processed at|bestelldatum|rechnungsdatum"
        "|kaufdatum",
        "amount": "total|total price|total amount|order total|order amount|amount paid|price|sales|revenue|value"
        "|sum|gross|net|net amount|grand total|spend|dollars|turnover|subtotal|betrag|summe|umsatz|montant|importe"
        "|purchase amount|sale amount|transaction amount|paid amount",
        "margin": "margin rate|margin percent|margin pct|gross margin|gross profit|profit|contribution"
        "|contribution margin|gm|marge|deckungsbeitrag",
        "kind": "type|order type|transaction type|status|purchase type",
        "items": "quantity|qty|item count|number of items|units|lineitem quantity|cds|pieces|menge|anzahl",
        "channel": "sales channel|store|shop|source name|source",
    },
    "messages": {
        "message_id": "id|msg id|tweet id|post id|review id|comment id|ticket id|conversation item id|status id"
        "|external id",
        "at": "sent at|posted at|published at|published|posted|received at|review date|said at|message date|sent"
        "|post date",
        "source": "system|origin|platform|app",
        "channel": "network|type",
        "author": "from|username|user name|handle|user|screen name|user screen name|author handle|author name"
        "|account|sender|reviewer|nickname|display name|posted by|requester|name|profile name|author username"
        "|twitter handle",
        "text": "full text|message text|review text|review body|post|tweet|title and text|reviewtext|caption|inhalt",
        "audience": "followers|followers count|follower count|reach|impressions|views|view count"
        "|user followers count|subscribers|potential reach",
        "engagements": "engagement|interactions|reactions|likes|like count|shares|favorite count",
        "in_reply_to": "reply to|parent id|parent|in reply to id|in reply to status id|replies to|parent message id",
        "thread": "thread id|conversation id|conversation|topic id|ticket",
        "rating": "stars|star rating|score|review stars|review rating|overall rating|bewertung",
        "place": "location|venue|page|location name|business",
        "url": "link|permalink|uri|message url|review url",
        "about": "brand|subject firm|company|target",
        "to_us": "direct|is direct|inbound|addressed to us",
        "accepted": "accepted answer|is accepted|solution|is solution|accepted solution",
        "helpful_votes": "helpful|helpful count|upvotes|votes|thanks count|useful|found helpful",
    },
    "responses": {
        "response_id": "id|answer id|submission id|respondent id",
        "survey": "survey name|form|form name|campaign|survey type|questionnaire",
        "at": "answered at|submitted at|responded at|response date|completed at|submit date|survey date|end date",
        "score": "nps|nps score|rating|likelihood to recommend|recommend|how likely|ltr|net promoter score",
        "comment": "feedback|why|reason for score|remarks|verbatim|answer|kommentar",
        "touchpoint": "touch point|stage|journey|trigger|event",
        "reason": "why did you come|source of customer|how did you hear|acquisition source|came because",
    },
    "referrals": {
        "referral_id": "id|invite id|invitation id",
        "referrer_id": "referrer|referred by|inviter|inviter id|advocate|advocate id|sender id|from customer|from"
        "|referrer customer id|referring customer|referrer email|inviter email|advocate email",
        "referred_id": "referred|referee|referee id|invitee|invitee id|friend|friend id|new customer"
        "|new customer id|recipient id|to customer|to|referred customer id|referred customer|referred email"
        "|referee email|friend email|invitee email|new customer email",
        "at": "referred at|referral date|invited at|invited on|sent at",
        "converted_at": "converted|converted on|conversion date|first purchase at|joined at|accepted at|first purchase",
        "would_have_come": "would have come anyway|came anyway|organic probability",
        "reward_cost": "reward|bonus|reward amount|incentive|cost",
    },
    "actions": {
        "action_id": "id|reply id|activity id",
        "message_id": "message|in reply to|reply to|answers|ticket id",
        "at": "done at|replied at|answered at|sent at",
        "kind": "type|action|action type|what",
        "minutes": "time spent|duration|duration minutes|handle time|minutes spent",
        "cost": "expense|amount",
        "cause_id": "cause|root cause|reason code",
    },
    "outlays": {
        "outlay_id": "id|expense id",
        "at": "spent at|month|period",
        "activity": "name|campaign|what|category|line|description",
        "kind": "type",
        "amount": "cost|spend|spent|total|expense|budget",
        "segment": "audience|for|target",
    },
    "contributions": {
        "contribution_id": "id|idea id|suggestion id",
        "at": "submitted at|suggested at",
        "kind": "type",
        "text": "idea text|title|suggestion",
        "state": "status",
        "value": "worth|benefit|amount",
        "value_low": "low|value from",
        "value_high": "high|value to",
        "idea": "idea name|cluster|same as|topic",
    },
    "events": {
        "event_id": "id",
        "at": "occurred at|happened at|event time",
        "kind": "type|event|event type|event name|name",
        "ok": "success|succeeded|worked",
        "place": "location|where|venue",
        "detail": "details|info|error|properties",
    },
    "promises": {
        "promise_id": "id|promise",
        "kind": "type|what",
        "within_hours": "hours|within|deadline hours|sla hours",
        "text": "wording|promise text",
        "since": "from|valid from|at",
    },
    "causes": {
        "cause_id": "id|cause",
        "name": "title|cause name|label",
        "kind": "type",
        "owner": "responsible|decided by|who decides|owned by",
        "earns": "earnings|earns a year|income|revenue",
        "topics": "topic|tags",
        "decide_by": "deadline|due|due date",
        "since": "from|started|valid from",
        "until": "to|ended|dropped|fixed at",
    },
    "terms": {
        "at": "since|agreed at|signed at",
        "agreement": "contract|terms|agreement id",
        "purposes": "purpose|allowed|allows|permitted",
        "refused": "denied|objections|refuses",
        "signature": "signed|hash",
    },
    "corrections": {
        "table": "table name|in table",
        "key": "row|row id|record|record id|message id",
        "field": "column|field name|what",
        "value": "new value|corrected|correct value|to",
        "by": "corrected by|who|user|staff",
        "at": "corrected at",
    },
}
# Columns that are no field of ours but say who it was: kind of handle -> names of the column.
HANDLES = {
    "email": "email|e mail|mail|email address|customer email|author email|contact email|user email|billing email"
    "|emails|e mail address|requester email|person email|respondent email|e mail adresse",
    "phone": "phone|phone number|telephone|mobile|mobile number|tel|customer phone|billing phone|telefon|cell phone",
    "account": "account|twitter|twitter handle|twitter account|facebook|facebook account|instagram|mastodon"
    "|bluesky|forum|forum name|forum account|forum handle|username|user name|screen name|social account"
    "|social handle|handle|nickname|github|reddit|youtube|linkedin|tiktok",
    "card": "card|card id|card hash|loyalty card|loyalty card id|card fingerprint|loyalty id",
    "device": "device|device id|cookie|cookie id|visitor id",
}
NETWORKS = (
    "twitter",
    "facebook",
    "instagram",
    "mastodon",
    "bluesky",
    "forum",
    "github",
    "reddit",
    "youtube",
    "linkedin",
    "tiktok",
)
# Words so general that they may mean something else.
GENERAL = (
    "id|date|time|name|type|value|status|source|description|title|from|to|user|account|company|score|price|note"
    "|created|customer|person|member|contact|sum|net|gross|page|topic|share|low|high|at|by|what|reason|handle"
)
# ISO 4217 codes that a header may end in: "amount_usd".
CURRENCIES = (
    "AED|ARS|AUD|BGN|BRL|CAD|CHF|CLP|CNY|COP|CZK|DKK|EGP|EUR|GBP|HKD|HUF|IDR|ILS|INR|ISK|JPY|KRW|MXN|MYR|NGN|NOK"
    "|NZD|PEN|PHP|PLN|RON|RSD|RUB|SAR|SEK|SGD|THB|TRY|TWD|UAH|USD|VND|ZAR"
)
NAME_PARTS = (("firstname", "lastname"), ("givenname", "familyname"), ("vorname", "nachname"), ("first", "last"))
