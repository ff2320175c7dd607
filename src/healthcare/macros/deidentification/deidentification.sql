{%- macro year_only(date) -%}
    {{ return(adapter.dispatch('year_only', 'healthcare')(date)) }}
{%- endmacro %}

{%- macro default__year_only(date) -%}
    cast(extract(year from cast({{ date }} as date)) as integer)
{%- endmacro %}

{%- macro age_capped(birth_date, as_of, cap=90) -%}
    {{ return(adapter.dispatch('age_capped', 'healthcare')(birth_date, as_of, cap)) }}
{%- endmacro %}

{%- macro default__age_capped(birth_date, as_of, cap) -%}
    least({{ healthcare.age_on(birth_date, as_of) }}, {{ cap }})
{%- endmacro %}

{#- Whole years of age on a day. -#}
{%- macro age_on(birth_date, as_of) -%}
    {{ return(adapter.dispatch('age_on', 'healthcare')(birth_date, as_of)) }}
{%- endmacro %}

{%- macro default__age_on(birth_date, as_of) -%}
    cast(extract(year from age(cast({{ as_of }} as date), cast({{ birth_date }} as date))) as integer)
{%- endmacro %}

{%- macro duckdb__age_on(birth_date, as_of) -%}
    cast(date_sub('year', cast({{ birth_date }} as date), cast({{ as_of }} as date)) as integer)
{%- endmacro %}

{%- macro zip3_safe(zip) -%}
    {{ return(adapter.dispatch('zip3_safe', 'healthcare')(zip)) }}
{%- endmacro %}

{%- macro default__zip3_safe(zip) -%}
    {%- set zip3 = 'substr(' ~ healthcare.as_text(zip) ~ ', 1, 3)' -%}
    case
        {# Anything but a ZIP code may hold more than three of its digits. -#}
        when not {{ healthcare.matches(healthcare.as_text(zip), '[0-9]{5}(-?[0-9]{4})?') }} then null
        when {{ zip3 }} in ('{{ healthcare.restricted_zip3() | join("', '") }}') then '000'
        else {{ zip3 }}
    end
{%- endmacro %}

{#- Three-digit areas of 20,000 people or fewer; `healthcare_restricted_zip3`
    replaces the list by that of a newer census. -#}
{%- macro restricted_zip3() -%}
    {{ return(var('healthcare_restricted_zip3', [
        '036', '059', '063', '102', '203', '556', '692', '790', '821', '823', '830', '831', '878', '879', '884', '890', '893'
    ])) }}
{%- endmacro %}

{%- macro hash_id(identifier, key=none) -%}
    {{ return(adapter.dispatch('hash_id', 'healthcare')(identifier, key)) }}
{%- endmacro %}

{%- macro default__hash_id(identifier, key) -%}
    {%- set key = healthcare.key_literal(key) -%}
    {#- Twice, as in HMAC, so that nobody can go on from a hash without the key. -#}
    {{ healthcare.hashed(key ~ " || " ~ healthcare.hashed(key ~ " || " ~ healthcare.as_text(identifier))) }}
{%- endmacro %}

{%- macro date_shift(date, patient_id, key=none, max_days=365) -%}
    {{ return(adapter.dispatch('date_shift', 'healthcare')(date, patient_id, key, max_days)) }}
{%- endmacro %}

{%- macro default__date_shift(date, patient_id, key, max_days) -%}
    {%- set number = healthcare.hash_number(healthcare.hash_id("'date shift ' || " ~ healthcare.as_text(patient_id), key)) -%}
    {#- From -max_days to max_days, but never 0, which would leave the date as it is. -#}
    {%- set days = '(' ~ number ~ ' % ' ~ (2 * max_days) ~ ' - ' ~ max_days ~ ')' -%}
    (cast({{ date }} as date) + cast({{ days }} + case when {{ days }} >= 0 then 1 else 0 end as integer))
{%- endmacro %}

{#- A number below 2^28 from a text in hexadecimal. -#}
{%- macro hash_number(hash) -%}
    {{ return(adapter.dispatch('hash_number', 'healthcare')(hash)) }}
{%- endmacro %}

{%- macro default__hash_number(hash) -%}
    cast(cast('x' || substr({{ hash }}, 1, 7) as bit(28)) as integer)
{%- endmacro %}

{%- macro duckdb__hash_number(hash) -%}
    cast('0x' || substr({{ hash }}, 1, 7) as bigint)
{%- endmacro %}

{#- The key as a SQL text. It stands in the compiled SQL, which is to be kept
    as safe as the key itself. -#}
{%- macro key_literal(key=none) -%}
    {%- set key = env_var('HEALTHCARE_KEY') if key is none else key -%}
    {%- if key | length < 16 -%}
        {{ exceptions.raise_compiler_error(
            'the key of hash_id and date_shift must have 16 characters or more, or it can be guessed;'
            ~ ' it is taken from the environment variable HEALTHCARE_KEY'
        ) }}
    {%- endif -%}
    '{{ key | replace("'", "''") }}'
{%- endmacro %}
