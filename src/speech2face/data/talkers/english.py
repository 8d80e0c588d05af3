"""Random English sentences from templates.

Templates are in the past tense, where English verbs need no agreement. Neither words nor templates reveal anything
about the talker.
"""

import numpy as np


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(" ".join(phrase.split()) for phrase in text.split(";"))


_PEOPLE = _phrases(
    """the baker; the teacher; the driver; the gardener; the doctor; the painter; the farmer; the pilot; the
    nurse; the singer; the cook; the student; the engineer; the writer; my neighbour; my cousin; our
    guide; our friend; the librarian; the carpenter; the captain; the clerk; the visitor; the postman; the
    shepherd; the dancer; the coach; the tailor; the plumber; the whole team; a child; a young reporter;
    an old sailor; the people next door; the two brothers; three sisters; the musicians; the villagers"""
)
# Base form and past of verbs that take any of `_THINGS`.
_VERBS = tuple(
    tuple(pair.split("/"))
    for pair in _words(
        """find/found bring/brought carry/carried buy/bought sell/sold choose/chose paint/painted
        clean/cleaned describe/described borrow/borrowed return/returned forget/forgot hide/hid
        show/showed move/moved notice/noticed want/wanted draw/drew wrap/wrapped lose/lost
        repair/repaired pack/packed measure/measured count/counted lift/lifted guard/guarded
        photograph/photographed mention/mentioned remember/remembered admire/admired examine/examined
        collect/collected deliver/delivered unload/unloaded"""
    )
)
_QUALITIES = _words(
    """small large heavy bright wooden broken yellow quiet famous narrow simple golden silver fresh round
    clever strange modern purple green gentle blue smooth empty useful costly dusty polished forgotten
    ordinary beautiful enormous curious fragile splendid plain crooked sturdy shiny faded"""
)
# Every plural is regular.
_THINGS = _words(
    """table boat letter basket lamp garden picture window bottle clock chair book coat piano map ladder
    kettle bell bicycle wheel carpet ticket mirror blanket hammer candle engine flower apple pumpkin
    suitcase guitar newspaper umbrella telescope sculpture curtain teapot barrel statue parcel button
    pillow drum package lantern"""
)
_PLACES = _phrases(
    """in the kitchen; near the river; behind the station; at the market; under the old bridge; by the sea;
    in the library; beside the road; on the top floor; outside the theatre; at the edge of the forest; in
    the valley; next to the fountain; across the square; on the way home; at the harbour; in front of the
    school; in the attic; between the two houses; along the beach; at the airport; inside the museum;
    below the castle; on the roof; in the middle of the field; around the corner; not far from the lake;
    at the end of the street"""
)
_TIMES = _phrases(
    """in the morning; last summer; after lunch; before sunrise; yesterday; on Monday; on Saturday evening;
    at noon; two weeks ago; during the holiday; late at night; in early spring; a long time ago; every
    Thursday; by accident; without a word; once again; as usual; in a great hurry; with some help; for the
    first time; just in time; on a cold afternoon; at the weekend; in September; shortly before midnight;
    one day"""
)
_WEATHER = _phrases(
    """the rain stopped; the wind turned; the sun came out; it began to snow; the fog lifted; the storm
    passed; the music ended; the train arrived; the shops closed; the lights went out; the water rose; the
    bell rang; dinner was ready; the road was clear; the meeting was over; the tide came in; the leaves
    fell; the bus left; a dog barked; the coffee was cold"""
)
_NUMBERS = _words("two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty")

_TEMPLATES = (
    "{time}, {person} {past} the {quality} {thing} {place}.",
    "{person} {past} a very {quality} {thing} and {past2} the {thing2} {place}.",
    "{person} {past} {number} {quality} {thing}s {time}.",
    "When {weather}, {person} {past} the {thing} {place}.",
    "Did {person} really {base} the {quality} {thing} {place}?",
    "The {quality} {thing} stood {place}, but nobody {past} it {time}.",
    "There were {number} {thing}s {place}, and {person} {past} them all.",
    "Why did {person} {base} {number} {quality} {thing}s {time}?",
    "Before {weather}, {person} and {person2} {past} the {thing} together.",
    "{person} said that the {thing} was too {quality}, so we {past} the {quality2} one {place}.",
    "Nobody knew who {past} the {thing}, the {thing2} and the {quality} {thing3} {place}.",
    "Please {base} the {quality} {thing} and {base2} the other one {place}.",
    "We could not {base} the {thing} until {weather}.",
    "It was {person} who {past} the {thing}, not {person2}!",
    "As soon as {weather}, we {past} {number} {thing}s and walked home {time}.",
)


def english_sentence(rng: np.random.Generator) -> str:
    """One grammatical sentence of about 7 to 20 words."""

    def pick(words: tuple[str, ...]) -> str:
        return words[rng.integers(len(words))]

    first, second = (_VERBS[index] for index in rng.choice(len(_VERBS), 2, replace=False))
    person, person2 = rng.choice(_PEOPLE, 2, replace=False)
    thing, thing2, thing3 = rng.choice(_THINGS, 3, replace=False)
    quality, quality2 = rng.choice(_QUALITIES, 2, replace=False)
    text = pick(_TEMPLATES).format(
        person=person,
        person2=person2,
        base=first[0],
        past=first[1],
        base2=second[0],
        past2=second[1],
        thing=thing,
        thing2=thing2,
        thing3=thing3,
        quality=quality,
        quality2=quality2,
        number=rng.choice(_NUMBERS),
        place=pick(_PLACES),
        time=pick(_TIMES),
        weather=pick(_WEATHER),
    )
    return text[0].upper() + text[1:]
