"""Functions of batches, for `vivarium map --batch arrow`, with a Python that has pyarrow and pandas.

The table has the columns `customer`, `price` and `quantity`.
"""

import pyarrow.compute as pc


def with_total(batch):
    """The rows that have a quantity, and a column more: what each came to."""
    batch = batch.filter(pc.greater(batch.column("quantity"), 0))
    return batch.append_column("total", pc.multiply(batch.column("price"), batch.column("quantity")))


def by_customer(batch):
    """What each customer of the batch has bought, by pandas."""
    frame = with_total(batch).to_pandas()
    return frame.groupby("customer")[["quantity", "total"]].sum()
