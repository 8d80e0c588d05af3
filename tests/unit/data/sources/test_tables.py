"""Tables of clips: what is written is what is read, and every mistake is named with its place."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech2face.data.sources.tables import read_clips, read_columns, read_table

words = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=8).map(str.strip)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("tables") / "clips.csv"


@given(st.lists(st.tuples(words, words, words), max_size=5), st.sampled_from(",\t; "))
def test_what_is_written_is_read(path, rows, delimiter):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([("a", "b ", " c"), *rows])
    read = list(read_table(path, delimiter=delimiter))
    assert [(row["a"], row["b"], row["c"]) for row in read] == rows


def test_lines_are_counted_as_an_editor_does(path):
    path.write_bytes(b'\xef\xbb\xbfa,b\r\n"two\nlines",1\r\n\r\nx,2\r\n')
    assert [(row["a"], row["line"]) for row in read_table(path)] == [("two\nlines", "3"), ("x", "5")]


def test_columns_may_be_given(path):
    path.write_text("id00042/34f5sBShxSo/00001 70\n")
    assert list(read_table(path, delimiter=" ", columns=("clip", "age"))) == [
        {"clip": "id00042/34f5sBShxSo/00001", "age": "70", "line": "1"}
    ]


def test_an_empty_file_has_no_lines(path):
    path.write_bytes(b"")
    assert list(read_table(path)) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a,b\n1\n", "clips.csv, line 2: 1 words where the columns are a, b."),
        (b"a,b\n1,2\n1,2,3\n", "clips.csv, line 3: 3 words where the columns are a, b."),
        (b"a,\xff\n", "clips.csv is not a CSV file in UTF-8"),
        (b"a,b\n" + b"x" * 200_000 + b",1\n", "clips.csv is not a CSV file in UTF-8 (field larger than"),
        (b"a,b,a\n", "clips.csv has two columns of one name"),
        (b"a,line\n", "clips.csv has two columns of one name, or one called 'line'"),
    ],
)
def test_a_damaged_table_is_named(path, content, message):
    path.write_bytes(content)
    with pytest.raises(ValueError) as caught:
        list(read_table(path))
    assert message in str(caught.value)


def test_a_table_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"There is no table .*none\.csv\."):
        list(read_table(tmp_path / "none.csv"))


def test_a_column_that_is_not_there_is_named(path):
    with pytest.raises(ValueError, match=r"clips\.csv has no column 'Sex'\."):
        read_columns(path, {"Age": "4", "line": "2"}, {"Sex": ("sex", str)})


def test_a_whole_line(path):
    path.write_text(
        "clip,speaker,start,end,face_x,face_y,sex,age,ethnicity,language,nationality,origin,licence\n"
        "v.mp4,Ann,1.5,4,0,1,F,41,White,en,UK,my set,CC0\n"
        "w.mp4,,,,,,,,,,,,\n"
    )
    whole, bare = read_clips(path)
    assert whole == {
        "clip": "v.mp4",
        "speaker_id": "Ann",
        "start_s": 1.5,
        "end_s": 4.0,
        "face_x": 0.0,
        "face_y": 1.0,
        "sex": "female",
        "age": 41.0,
        "ethnicity": "caucasian",
        "language": "en",
        "nationality": "UK",
        "origin": "my set",
        "licence": "CC0",
    }
    assert {key: value for key, value in bare.items() if value is not None} == {"clip": "w.mp4"}
    assert bare.keys() == whole.keys()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("clip,sax\nv,f\n", "has a column 'sax'; known are clip, age, end, ethnicity,"),
        ("speaker\nAnn\n", "line 2: the column 'clip' is missing or empty."),
        ("clip,age\n,4\n", "line 2: the column 'clip' is missing or empty."),
        ("clip,age\nv,4\nw,old\n", "line 3, column age: 'old' is not an age in years."),
        ("clip,start\nv,soon\n", "line 2, column start: 'soon' is not a time in seconds."),
        ("clip,start\nv,-1\n", "line 2, column start: '-1' is not a time in seconds."),
        ("clip,end\nv,nan\n", "line 2, column end: 'nan' is not a time in seconds."),
        ("clip,end\nv,inf\n", "line 2, column end: 'inf' is not a time in seconds."),
        ("clip,face_x\nv,1.01\n", "line 2, column face_x: '1.01' is not a share between 0 and 1."),
        ("clip,face_y\nv,nan\n", "line 2, column face_y: 'nan' is not a share between 0 and 1."),
        ("clip,start,end\nv,4,4\n", "line 2: the clip ends at 4 s, before it starts."),
        ("clip,end\nv,0\n", "line 2: the clip ends at 0 s, before it starts."),
        ("clip,start\nv,4\nv,5\nv,4.0\n", "line 4: a second line for the clip 'v' with the same start."),
        ("clip\nv\nv\n", "line 3: a second line for the clip 'v' with the same start."),
    ],
)
def test_a_wrong_line_is_named(path, content, message):
    path.write_text(content)
    with pytest.raises(ValueError) as caught:
        list(read_clips(path))
    assert str(path) in str(caught.value)
    assert message in str(caught.value)
