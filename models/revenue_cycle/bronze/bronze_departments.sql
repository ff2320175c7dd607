{{ config(incremental_strategy='load_config') }}

{{ bronze_table('departments') }}
