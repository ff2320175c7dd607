{% macro charlson(diagnoses, patient='patient_id', code='diagnosis_code') %}
{{ return(adapter.dispatch('charlson', 'healthcare')(diagnoses, patient, code)) }}
{% endmacro %}

{#- One row for each patient with a diagnosis. Of two degrees of one disease the
    graver counts alone. -#}
{% macro default__charlson(diagnoses, patient, code) %}
{%- set milder = [
    ('diabetes_without_complications', 'diabetes_with_complications'),
    ('mild_liver_disease', 'moderate_or_severe_liver_disease'),
    ('malignancy', 'metastatic_solid_tumor'),
] %}
with codes as (

    select distinct
        {{ patient }} as patient_id,
        upper(replace(trim({{ code }}), '.', '')) as code
    from {{ diagnoses }}

),

found as (

    select distinct
        codes.patient_id,
        conditions.condition,
        conditions.weight
    from codes
    inner join {{ ref('healthcare', 'charlson_conditions') }} as conditions
        on substr(codes.code, 1, length(conditions.code_prefix)) = conditions.code_prefix

),

counted as (

    select *
    from found
    where not exists (
        select 1
        from found as graver
        where graver.patient_id = found.patient_id
          and (
            {%- for mild, grave in milder %}
            {{ 'or ' if not loop.first }}(found.condition = '{{ mild }}' and graver.condition = '{{ grave }}')
            {%- endfor %}
          )
    )

)

select
    patients.patient_id,
    count(counted.condition) as charlson_conditions,
    coalesce(sum(counted.weight), 0) as charlson_index
from (select distinct patient_id from codes) as patients
left join counted
    on patients.patient_id = counted.patient_id
group by patients.patient_id
{% endmacro %}

{#- The score of a patient, a hook: a project with a licensed or an own model gives
    its own `default__risk_score` by `dispatch`. -#}
{% macro risk_score(diagnoses, patient='patient_id', code='diagnosis_code') %}
{{ return(adapter.dispatch('risk_score', 'healthcare')(diagnoses, patient, code)) }}
{% endmacro %}

{% macro default__risk_score(diagnoses, patient, code) %}
select
    patient_id,
    charlson_index as risk_score
from (
    {{ healthcare.charlson(diagnoses, patient, code) }}
) as scored
{% endmacro %}
