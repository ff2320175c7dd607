{#- True when a text is an NPI: ten digits, the first a 1 or a 2, the last the check digit.

    The check digit follows the Luhn formula over the first nine digits with the
    prefix 80840 (which adds 24 to the sum): every second digit, starting beside
    the check digit, is doubled, and counts 9 less when that has two digits.
    The sum with the check digit is a multiple of ten. -#}
{% macro npi_is_valid(npi) -%}
    case
        when not regexp_full_match({{ npi }}, '[12][0-9]{9}') then false
        else (
            24
            {%- for position in range(1, 11) %}
            {%- set digit = 'cast(substr(' ~ npi ~ ', ' ~ position ~ ', 1) as integer)' %}
            {%- if position is odd %}
            + case when {{ digit }} > 4 then 2 * {{ digit }} - 9 else 2 * {{ digit }} end
            {%- else %}
            + {{ digit }}
            {%- endif %}
            {%- endfor %}
        ) % 10 = 0
    end
{%- endmacro %}
