"""Values in text, as spreadsheets and scripts write them."""

import numpy as np
import pytest

from geomlearn.core.errors import FormatError
from geomlearn.core.tables import read_number_table

VALUES = [0.5, -1.25, 3.0, 0.125]
PLAIN = "\n".join(map(str, VALUES))


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        f"value\n{PLAIN}\n",
        f'"value"\n{PLAIN}',
        f"# made by hand\n{PLAIN}",
        "vertex,value\n" + "\n".join(f"{i},{v}" for i, v in enumerate(VALUES)),
        "\n".join(f"{i + 1};{v}" for i, v in enumerate(VALUES)),
        "\n".join(f"{i};{v}".replace(".", ",") for i, v in enumerate(VALUES)),
        "\n".join(f"{i}\t{v}" for i, v in enumerate(VALUES)),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_column_of_values(tmp_path, text, encoding):
    (tmp_path / "v.csv").write_bytes(text.encode(encoding))
    np.testing.assert_array_equal(read_number_table(tmp_path / "v.csv"), np.array(VALUES)[:, None])


@pytest.mark.parametrize("text", ["1\ntwo\n3", "1 2\n3\n", "value\n", "a\nb\n1\n"])
def test_what_is_no_column_ends_in_a_sentence(tmp_path, text):
    (tmp_path / "v.txt").write_text(text)
    with pytest.raises(FormatError, match="is not a column of numbers"):
        read_number_table(tmp_path / "v.txt")
