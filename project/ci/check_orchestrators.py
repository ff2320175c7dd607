"""Shows that orchestrators load the warehouse from the manifest of hcdbt.

    hcdbt parse --project-dir project
    python3 -m unittest project/ci/check_orchestrators.py

What is not installed is skipped.
"""

import importlib.util
import json
import os
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent
MANIFEST = Path(os.environ.get("MANIFEST", PROJECT / "target" / "manifest.json"))
MODELS = {"stg_claims", "dim_patient", "fact_claim", "mart_readmission"}


def needs(package):
    return unittest.skipUnless(importlib.util.find_spec(package), f"{package} is not installed")


@unittest.skipUnless(MANIFEST.exists(), "run `hcdbt parse --project-dir project` first")
class Orchestrators(unittest.TestCase):
    @needs("airflow")
    def test_the_dag_imports(self):
        spec = importlib.util.spec_from_file_location("dag", HERE / "airflow_dag.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        dag = module.claims_warehouse()
        self.assertEqual(set(dag.task_ids), {"freshness", "build", "documentation"})

    @needs("cosmos")
    def test_cosmos_loads_the_manifest(self):
        from cosmos import ExecutionConfig, ProjectConfig, ProfileConfig, RenderConfig
        from cosmos.constants import LoadMode
        from cosmos.dbt.graph import DbtGraph

        graph = DbtGraph(
            project=ProjectConfig(manifest_path=MANIFEST, project_name="claims_warehouse"),
            profile_config=ProfileConfig(
                profile_name="claims_warehouse",
                target_name="dev",
                profiles_yml_filepath=PROJECT / "profiles.yml",
            ),
            execution_config=ExecutionConfig(dbt_project_path=PROJECT),
            render_config=RenderConfig(load_method=LoadMode.DBT_MANIFEST),
        )
        graph.load()
        self.assertLessEqual(MODELS, {node.name for node in graph.nodes.values()})

    @needs("dagster_dbt")
    def test_dagster_loads_the_manifest(self):
        from dagster_dbt import dbt_assets

        @dbt_assets(manifest=json.loads(MANIFEST.read_text()))
        def warehouse(context):
            pass

        names = {key.path[-1] for key in warehouse.keys}
        self.assertLessEqual(MODELS, names)


if __name__ == "__main__":
    unittest.main()
