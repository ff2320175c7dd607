{#
  How templates send SQL to the database and keep what comes back.

  `statement` is called directly and never dispatched, so a project replaces
  it by defining a macro of the same name.
#}

{#
  Runs the body of the call block. The result is kept under `name` for
  `load_result`; the statement named `main` is the one a node's status comes
  from and the one written to the run folder.
#}
{% macro statement(name=None, fetch_result=False, auto_begin=True, language='sql') -%}
  {%- if execute -%}
    {%- set code = caller() -%}

    {%- if name == 'main' -%}
      {%- do log('Writing runtime ' ~ language ~ ' for node "' ~ model['unique_id'] ~ '"') -%}
      {%- do write(code) -%}
    {%- endif -%}

    {%- if language == 'sql' -%}
      {%- set response, rows = adapter.execute(code, auto_begin=auto_begin, fetch=fetch_result) -%}
    {%- elif language == 'python' -%}
      {#- A Python model leaves its rows in the database; there are none to fetch. -#}
      {%- set response = submit_python_job(model, code) -%}
      {%- set rows = none -%}
    {%- else -%}
      {%- do exceptions.raise_compiler_error("a statement is 'sql' or 'python', not '" ~ language ~ "'") -%}
    {%- endif -%}

    {%- if name is not none -%}
      {%- do store_result(name, response=response, agate_table=rows) -%}
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}


{#
  Records a result for work that was done by other means, as if the body had
  just been run.
#}
{% macro noop_statement(name=None, message=None, code=None, rows_affected=None, res=None) -%}
  {%- set shown = caller() -%}
  {%- if name == 'main' -%}
    {%- do log('Writing runtime sql for node "' ~ model['unique_id'] ~ '"') -%}
    {%- do write(shown) -%}
  {%- endif -%}
  {%- if name is not none -%}
    {%- do store_raw_result(name, message=message, code=code, rows_affected=rows_affected, agate_table=res) -%}
  {%- endif -%}
{%- endmacro %}


{# Runs one query and returns its rows as a table. Opens no transaction. #}
{% macro run_query(sql) %}
  {%- call statement('run_query_statement', fetch_result=true, auto_begin=false) -%}
    {{ sql }}
  {%- endcall -%}
  {%- do return(load_result('run_query_statement').table) -%}
{% endmacro %}
