-- Procedure codes and their categories, supplied by whoever has a license for CPT.
{{ config(materialized='table') }}

select
    "CPT Codes" as procedure_code,
    "Procedure Code Category" as category,
    "Code Status" as code_status
from read_csv('{{ var("revenue_cycle_dir") }}/reference/cpt_codes.csv', all_varchar=true, header=true)
