"""Labelled sequences from files of every kind: UCR series, recordings, images, lists."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
from scipy.io import wavfile

from geomlearn.core.errors import FormatError, ParameterError, SizeMismatch
from geomlearn.operators.sequence.classification.labelled import LabelledSequences, split_labelled
from geomlearn.operators.sequence.classification.options import SequenceDataOptions
from geomlearn.operators.sequence.classification.read import read_labelled
from geomlearn.operators.sequence.classification.spoken_digits import read_spoken_digits

_HEAD = "#about\n@problemName Toy\n@equalLength false\n@classLabel true up down\n@data\n"


def _ucr(folder, train, test):
    (folder / "Toy_TRAIN.ts").write_text(_HEAD + train)
    (folder / "Toy_TEST.ts").write_text(_HEAD + test)
    return folder / "Toy_TRAIN.ts"


def test_ucr_series_of_several_channels_and_lengths(tmp_path):
    data = read_labelled(_ucr(tmp_path, "1,2,3:4,5,6:up\n7,8:9,10:down\n", "0,1:2,3:down\n"))
    assert data.train.classes == ("up", "down")
    assert data.train.values[0].tolist() == [[1, 4], [2, 5], [3, 6]]
    assert data.train.lengths.tolist() == [3, 2]
    assert data.test.labels.tolist() == [1]


@pytest.mark.parametrize("line", ["1,?,3:up", "1,2:3:up", "1,2,3:sideways"])
def test_gaps_ragged_channels_and_unknown_classes_are_told(tmp_path, line):
    with pytest.raises(FormatError):
        read_labelled(_ucr(tmp_path, line + "\n", "1,2,3:up\n"))


def test_the_other_half_must_be_there(tmp_path):
    (tmp_path / "Toy_TRAIN.ts").write_text(_HEAD + "1:up\n")
    with pytest.raises(FormatError, match="Toy_TEST"):
        read_labelled(tmp_path / "Toy_TRAIN.ts")


def test_recordings_are_split_by_take_and_resampled(tmp_path):
    times = np.arange(800) / 800
    for digit in (0, 7):
        for take in range(4):
            wave = (8000 * np.sin(2 * np.pi * 20 * (digit + 1) * times)).astype(np.int16)
            wavfile.write(tmp_path / f"{digit}_ann_{take}.wav", 800, wave)
    data = read_spoken_digits(tmp_path, rate=400, test_takes=1)
    assert (data.train.n, data.test.n) == (6, 2)
    assert data.train.classes == ("0", "7")
    assert data.train.lengths.tolist() == [400] * 6
    assert np.isclose(np.abs(data.train.values[0]).max(), 1)
    with pytest.raises(ParameterError, match="fewer than 1000"):
        read_spoken_digits(tmp_path, rate=1000)
    (tmp_path / "1_ann_0.wav").write_bytes(b"RIFF nonsense")
    with pytest.raises(FormatError, match="no recording"):
        read_spoken_digits(tmp_path)


def test_images_become_pixels_or_rows(tmp_path):
    images = np.arange(8 * 4 * 4, dtype=np.uint8).reshape(8, 4, 4)
    np.savez(tmp_path / "a.npz", x=images, y=np.arange(8) % 2)
    whole = read_labelled(tmp_path / "a.npz", SequenceDataOptions(test_share=0.5))
    assert whole.train.values[0].shape == (16, 1)
    rows = read_labelled(tmp_path / "a.npz", SequenceDataOptions(test_share=0.5, reading="rows", shrink=2))
    assert rows.train.values[0].shape == (2, 2)
    with pytest.raises(ParameterError, match="shrunk by 3"):
        read_labelled(tmp_path / "a.npz", SequenceDataOptions(shrink=3))
    np.savez(tmp_path / "b.npz", z=images)
    with pytest.raises(FormatError, match="no images"):
        read_labelled(tmp_path / "b.npz")


def test_generated_lists_are_split_over_classes():
    data = read_labelled("generated:listops", SequenceDataOptions(limit=40, shortest=5, longest=50, test_share=0.25))
    assert data.train.n + data.test.n == 40
    assert data.train.n_words == data.test.n_words > 10


def test_a_lone_file_is_split_whatever_its_format(tmp_path):
    rows = [f"{i}.5,{i},{i + 1}:{'ab'[i % 2]}" for i in range(10)]
    (tmp_path / "lone.ts").write_text("@problemName x\n@classLabel true a b\n@data\n" + "\n".join(rows))
    data = read_labelled(tmp_path / "lone.ts", SequenceDataOptions(test_share=0.2))
    assert (data.train.n, data.test.n, data.train.classes) == (8, 2, ("a", "b"))


@pytest.mark.parametrize("separator", ["\t", ";", " "])
def test_decimal_commas_packed_files_and_headers(tmp_path, separator):
    rows = [[1 + i % 2, f"{i},25", f"-{i},5"] for i in range(10)]
    text = "\n".join(separator.join(map(str, row)) for row in rows)
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(f"class{separator}a{separator}b\n{text}".encode()))
    data = read_labelled(tmp_path / "a.txt.gz", SequenceDataOptions(test_share=0.2))
    found = np.stack([*data.train.values, *data.test.values])[..., 0]
    expected = np.array([[i + 0.25, -i - 0.5] for i in range(10)])
    np.testing.assert_array_equal(found[np.argsort(found[:, 0])], expected)
    (tmp_path / "b.csv").write_text("1,0,25,0,05\n2,0,75,0,5\n" * 5)
    with pytest.raises(FormatError, match="both separates"):
        read_labelled(tmp_path / "b.csv")


def test_what_is_nothing_of_all_this_is_told(tmp_path):
    with pytest.raises(FormatError, match="no file"):
        read_labelled(tmp_path / "none.ts")
    with pytest.raises(FormatError, match="neither recordings"):
        read_labelled(tmp_path)
    with pytest.raises(ParameterError, match="above longest"):
        SequenceDataOptions(shortest=9, longest=8)


def test_sequences_that_do_not_fit_are_told():
    one = np.zeros((3, 1))
    with pytest.raises(FormatError, match="not finite"):
        LabelledSequences((np.full((2, 1), np.nan),), np.zeros(1), ("a", "b"))
    with pytest.raises(FormatError, match="shape"):
        LabelledSequences((np.zeros((0, 1)),), np.zeros(1), ("a", "b"))
    with pytest.raises(SizeMismatch, match="channels"):
        LabelledSequences((one, np.zeros((3, 2))), np.zeros(2), ("a", "b"))
    with pytest.raises(FormatError, match="outside the 2 classes"):
        LabelledSequences((one,), np.array([2]), ("a", "b"))
    with pytest.raises(FormatError, match="word outside"):
        LabelledSequences((np.array([5]),), np.zeros(1), ("a", "b"), n_words=5)
    with pytest.raises(ParameterError, match="cannot be split"):
        split_labelled(LabelledSequences((one,), np.zeros(1), ("a", "b")))


def test_batches_are_padded_and_say_their_lengths():
    data = LabelledSequences((np.ones((3, 1)), np.ones((1, 1))), np.array([0, 1]), ("a", "b"))
    values, lengths, labels = data.batch([0, 1])
    assert values[1, :, 0].tolist() == [1, 0, 0]
    assert lengths.tolist() == [3, 1]
    assert labels.tolist() == [0, 1]
    assert data.batch([1])[1] is None


_ROWS = {"TRAIN": "1\t0.5\t1.5\t2.5\n2\t3\t4\tNaN\n1\t0\t1\t0\n", "TEST": "2\t7\t8\t9\n"}


@pytest.mark.parametrize("suffix", [".tsv", ".txt", ".csv", ""])
def test_ucr_tables_have_their_label_first(tmp_path, suffix):
    for half, text in _ROWS.items():
        if suffix == ".txt":
            # As the older archive writes them.
            text = text.replace("1\t", "  1.0000000e+00  ", 1).replace("\t", "   ")
        text = text.replace("\t", ",") if suffix == "" else text
        (tmp_path / f"Toy_{half}{suffix}").write_text(text)
    for source in (tmp_path / f"Toy_TEST{suffix}", tmp_path):
        data = read_labelled(source)
        assert data.train.classes == ("1", "2")
        assert data.train.labels.tolist() == [0, 1, 0]
        assert data.train.values[0].tolist() == [[0.5], [1.5], [2.5]]
        assert data.train.lengths.tolist() == [3, 2, 3]
        assert data.test.labels.tolist() == [1]


def test_one_table_is_split(tmp_path):
    (tmp_path / "toy.tsv").write_text("".join(f"{i % 2}\t{i}\t{i + 1}\n" for i in range(10)))
    data = read_labelled(tmp_path / "toy.tsv", SequenceDataOptions(test_share=0.4))
    assert (data.train.n, data.test.n) == (6, 4)


def test_arff_of_one_and_of_several_channels(tmp_path):
    one = "% about\n@relation Toy\n@attribute att0 numeric\n@attribute att1 numeric\n@attribute target {b, a}\n@data\n"
    (tmp_path / "Toy_TRAIN.arff").write_text(f"{one}1,2,a\n3,?,b\n")
    (tmp_path / "Toy_TEST.arff").write_text(f"{one}5,6,b\n")
    data = read_labelled(tmp_path)
    assert data.train.classes == ("b", "a")
    assert data.train.labels.tolist() == [1, 0]
    assert [value.tolist() for value in data.train.values] == [[[1], [2]], [[3]]]
    several = "@relation Two\n@attribute r relational\n@attribute t0 numeric\n@end r\n@attribute cls {up,down}\n@data\n"
    (tmp_path / "Two_TRAIN.arff").write_text(several + "'1,2,3\\n4,5,6',up\n\"7,8,9\\n1,0,1\",down\n")
    (tmp_path / "Two_TEST.arff").write_text(several + "'0,0,0\\n1,1,1',down\n")
    data = read_labelled(tmp_path / "Two_TRAIN.arff")
    assert data.train.values[0].tolist() == [[1, 4], [2, 5], [3, 6]]
    assert data.test.labels.tolist() == [1]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.tsv", b"1\t2\t\xff\xfa\t3\n", "not a text file"),
        ("a.tsv", b"1\t2\tthree\n", "Line 1 of a.tsv is no series"),
        ("a.txt", b"1 2 NaN 3\n1 2 3 4\n", "lacks values"),
        ("a.tsv", bytes(range(256)) * 40, "not a text file"),
        ("a.arff", b"@relation x\n@data\n1,2:3,a\n", "no series of numbers"),
        ("a.arff", b"@attribute c {a}\n@data\n1,2,b\n", "does not announce its classes b"),
        ("a.arff", b"@attribute c {a}\n", "no labelled series"),
        ("a.tsv", b"[MAX 1 " + b"x" * 10**5 + b" ]\t3\n", "is no list"),
    ],
)
def test_what_is_no_series_ends_in_a_short_sentence(tmp_path, name, content, sentence):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FormatError, match=sentence) as caught:
        read_labelled(tmp_path / name)
    assert len(caught.value.message) < 250


def test_tables_in_utf16_and_with_a_mark(tmp_path):
    for encoding in ("utf-16", "utf-8-sig"):
        (tmp_path / "toy.tsv").write_bytes("1\t2\t3\n1\t4\t5\n2\t6\t7\n2\t0\t0\n".encode(encoding))
        data = read_labelled(tmp_path / "toy.tsv", SequenceDataOptions(test_share=0.5))
        assert data.train.classes == ("1", "2")


def test_early_stopping_never_sees_the_test_sequences(tmp_path):
    from geomlearn.operators.sequence.classification.classifier import train_classifier
    from geomlearn.operators.sequence.classification.labelled import LabelledDataset
    from geomlearn.operators.sequence.classification.options import ClassifierOptions, ClassifierTraining
    from geomlearn.operators.sequence.options import SSMOptions

    rng = np.random.default_rng(0)
    data = LabelledSequences(tuple(rng.standard_normal((24, 12, 1))), np.arange(24) % 2, ("a", "b"))
    halves = split_labelled(data, 0.25)
    swapped = LabelledDataset(halves.train, halves.train.take(np.arange(5)))
    options = ClassifierOptions(ssm=SSMOptions(init="s4d-lin", n=4, blocks=1), width=4, depth=1)
    training = ClassifierTraining(epochs=3, batch_size=6, patience=2, device="cpu")
    runs = [
        train_classifier(one, tmp_path / name, options, training)
        for name, one in zip("ab", (halves, swapped), strict=True)
    ]
    assert runs[0].history == runs[1].history
