{#- What the sources of visit events call things. A new source is one more entry
    of the variable `visit_sources`, with the names that it has of its own. -#}
{% macro visit_source_names(source) %}
    {%- set names = {
        'patient_id': 'patient_id', 'name': 'name', 'visits': 'visits', 'visit_id': 'visit_id', 'date': 'date',
        'diagnoses': 'diagnoses', 'code': 'code', 'description': 'description', 'treatments': 'treatments',
        'drug': 'drug', 'dose': 'dose', 'notes': 'provider_notes', 'text': 'text', 'author': 'author'
    } -%}
    {%- do names.update(var('visit_sources')[source] or {}) -%}
    {{ return(names) }}
{% endmacro %}

{#- The JSON path of a field, which depends on the source of the row. -#}
{% macro visit_field(field) -%}
    case source
    {%- for source in var('visit_sources') %}
        when '{{ source }}' then '$."{{ visit_source_names(source)[field] }}"'
    {%- endfor %}
    end
{%- endmacro %}

{#- Loads of one source and one day name both: `--vars '{visit_source: source_a, visit_day: "20230501"}'`. -#}
{% macro is_one_visit_partition() %}
    {{ return(var('visit_source', none) is not none and var('visit_day', none) is not none) }}
{% endmacro %}

{#- Empties the partition that is loaded, even when nothing is left in it. -#}
{% macro visit_partitions() %}
    {{ return([{'source': var('visit_source'), 'visit_day': var('visit_day') | string}] if is_one_visit_partition() else none) }}
{% endmacro %}

{% macro in_visit_partition() -%}
    {%- if is_one_visit_partition() -%}
    source = '{{ var("visit_source") }}' and visit_day = '{{ var("visit_day") }}'
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}

{#- A name out of a text: each of its words of two letters or more becomes `[name]`. -#}
{% macro without_name(text, name) -%}
    list_reduce(
        list_concat([{{ text }}], list_filter(string_split({{ name }}, ' '), lambda word: length(word) > 1)),
        lambda rest, word: replace(rest, word, '[name]')
    )
{%- endmacro %}

{#- The key of hashed identifiers. The data that comes with the project describes
    nobody; for other data set the variable HEALTHCARE_KEY. -#}
{% macro deidentification_key() %}
    {{ return(env_var('HEALTHCARE_KEY', 'a key for synthetic data alone')) }}
{% endmacro %}
