{%- macro is_zip5(expression) -%}
    {{ return(adapter.dispatch('is_zip5', 'healthcare')(expression)) }}
{%- endmacro %}

{%- macro default__is_zip5(expression) -%}
    {%- set zip = healthcare.as_text(expression) -%}
    ({{ healthcare.matches(zip, '[0-9]{5}') }} and {{ zip }} >= '00501')
{%- endmacro %}

{%- macro is_zip3(expression) -%}
    {{ return(adapter.dispatch('is_zip3', 'healthcare')(expression)) }}
{%- endmacro %}

{%- macro default__is_zip3(expression) -%}
    {{ healthcare.matches(healthcare.as_text(expression), '[0-9]{3}') }}
{%- endmacro %}

{#- The states and the District of Columbia, then the areas that some data have
    beside them. -#}
{%- macro us_state_codes(with_territories=true, with_military=true) -%}
    {%- set states = 'AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY' -%}
    {%- set territories = ' AS GU MP PR VI FM MH PW' if with_territories else '' -%}
    {%- set military = ' AA AE AP' if with_military else '' -%}
    {{ return((states ~ territories ~ military).split(' ')) }}
{%- endmacro %}

{%- macro is_us_state(expression, with_territories=true, with_military=true) -%}
    {{ return(adapter.dispatch('is_us_state', 'healthcare')(expression, with_territories, with_military)) }}
{%- endmacro %}

{%- macro default__is_us_state(expression, with_territories, with_military) -%}
    ({{ healthcare.as_text(expression) }} in ('{{ healthcare.us_state_codes(with_territories, with_military) | join("', '") }}'))
{%- endmacro %}

{% test zip5(model, column_name) %}
{{ healthcare.failing_values(model, column_name, healthcare.is_zip5(column_name)) }}
{% endtest %}

{% test zip3(model, column_name) %}
{{ healthcare.failing_values(model, column_name, healthcare.is_zip3(column_name)) }}
{% endtest %}

{% test us_state(model, column_name, with_territories=true, with_military=true) %}
{{ healthcare.failing_values(model, column_name, healthcare.is_us_state(column_name, with_territories, with_military)) }}
{% endtest %}
