"""Builds the warehouse once a day, on Airflow 3.

The variable `WAREHOUSE_DIR` names the checkout; `hcdbt` is found on the PATH.
A failed test fails its task, and `alerts:` of `hcdbt.yml` tells who is to know.
"""

import os
from datetime import datetime, timedelta

from airflow.sdk import dag, task

WAREHOUSE = os.environ.get("WAREHOUSE_DIR", "/opt/warehouse")
HCDBT = "hcdbt --project-dir project --wait 600"


@dag(
    schedule="@daily",
    start_date=datetime(2025, 1, 1),
    catchup=False,
    # DuckDB lets one process write.
    max_active_runs=1,
    default_args={"retries": 1, "retry_delay": timedelta(minutes=5)},
    tags=["hcdbt"],
)
def claims_warehouse():
    """Freshness of the sources, everything built and tested, and the page."""

    @task.bash(cwd=WAREHOUSE)
    def freshness() -> str:
        return f"{HCDBT} source freshness"

    @task.bash(cwd=WAREHOUSE)
    def build() -> str:
        # What went well at the first try is not done again at the second.
        return (
            "{% if ti.try_number > 1 %}" + f"{HCDBT} retry"
            "{% else %}" + f"{HCDBT} build"
            "{% endif %}"
        )

    @task.bash(cwd=WAREHOUSE)
    def documentation() -> str:
        return f"{HCDBT} docs generate"

    freshness() >> build() >> documentation()


claims_warehouse()
