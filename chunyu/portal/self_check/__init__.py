"""What could I get? A few questions on a phone, without a sign-in and without anything being kept.

The answers live in the page itself: each page carries them, signed, to the next one, in the body of a POST. There is no
row, no session and no cookie for them, and none of them stands in an address or a log.

    answers.py    what has been said so far, sealed into the page and opened again
    screens.py    which page comes next: the rulebook in force says what is still worth asking
    forms.py      questions as form fields
    outcome.py    what the rulebook makes of the answers, in plain words
    pages.py      the one address
"""
