"""What models and their results must not be used for: one wording for the page, cards, reports and documentation."""

FORBIDDEN = (
    "Not for identifying, tracking or accusing a person, nor for any decision about one: no police, border, hiring, "
    "insurance or credit use, and no sketch from a recording of a suspect.",
    "Not for inferring sex, gender, age, ethnicity, health or any other trait of a real person. Inferring race from "
    "biometric data is forbidden in the European Union (AI Act, Article 5(1)(g)).",
    "Not on recordings of people who have not agreed to it.",
)
