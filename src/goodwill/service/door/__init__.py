"""The customer's own door: see, correct, dispute, take along, set the terms, ask, erase. Nobody signs up for it.

    entry     the way in: a link by mail, used once; whose session it is
    letters   the mail that brings the link
    home      what is known, in a few lines; who looked, and why
    held      everything held, as facts and readings; put right, disputed
    given     what follows from them, as a statement; their thanks, answers, referrals
    allowed   their terms, purpose by purpose, and the signed records
    asked     asks and ideas of theirs
    leaving   take along, and erase

    choices   what the firm sets: how often it may ask, the page of referral links
    budget    how often somebody was asked, and may be
    shown     what is held, in plain words, each with its origin
    own_page  a page of their own to download, which keeps terms, records and answers without us
    frame     what every page has around it

A session at the door is never a colleague's: whoever comes in by the door is signed out of the office first, and
whoever signs in to the office is at the door no more. Pages work without scripts.
"""
