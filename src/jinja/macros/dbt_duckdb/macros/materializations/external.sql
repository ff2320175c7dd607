{#
  An external model: its rows are written to files, and the relation is a view
  that reads them. The rows pass through a temporary table, as files are
  written from a whole result and the empty one needs care.
#}
{% materialization external, adapter='duckdb', supported_languages=['sql', 'python'] %}
  {%- set language = model['language'] -%}
  {%- set location = render(config.get('location', default=external_location(this, config))) -%}
  {%- set options = render_write_options(config) -%}
  {%- set write_options = adapter.external_write_options(location, options) -%}
  {%- set read_location = adapter.external_read_location(location, options) -%}

  {#- The files are read as they were written: the options name the format by now. -#}
  {%- set formats = ['csv', 'parquet', 'json'] -%}
  {%- set format = config.get('format') -%}
  {%- if format and format not in formats -%}
    {%- do exceptions.raise_compiler_error('Invalid format: ' ~ format ~ '. Allowed formats are: ' ~ formats | join(', ')) -%}
  {%- elif not format -%}
    {%- set format = options['format'] | lower -%}
    {%- set format = format if format in formats else 'parquet' -%}
  {%- endif -%}

  {%- set default_read_options = {'parquet': {'union_by_name': False}, 'csv': {'auto_detect': True}, 'json': {'auto_detect': True}} -%}
  {%- set read_options = {} -%}
  {%- do read_options.update(config.get(format ~ '_read_options', default_read_options[format])) -%}
  {%- if format != 'parquet' and options.get('compression') and 'compression' not in read_options -%}
    {#- DuckDB tells a file's compression by its name, and not by every name. -#}
    {%- do read_options.update({'compression': options['compression']}) -%}
  {%- endif -%}
  {%- set reader_arguments = ["'" ~ read_location ~ "'"] -%}
  {%- for name, value in read_options.items() -%}
    {%- do reader_arguments.append(name ~ '=' ~ ("'" ~ value ~ "'" if value is string else value)) -%}
  {%- endfor -%}

  {%- set existing_relation = load_cached_relation(this) -%}
  {%- set target_relation = this.incorporate(type='view') -%}
  {#- A temporary table has no constraints; one that needs them is dropped before the commit all the same. -#}
  {%- set temporary = not config.get('contract').enforced -%}
  {%- set table_relation = this.incorporate(type='table') -%}
  {%- set temp_relation = make_temp_relation(table_relation) if temporary else make_intermediate_relation(table_relation) -%}
  {%- set grant_config = config.get('grants') -%}

  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}

  {%- call statement('create_table', language=language) -%}
    {{- create_table_as(temporary, temp_relation, compiled_code, language) -}}
  {%- endcall -%}

  {#- Not every format keeps the columns of no rows: write one of nulls, and leave it out when reading. -#}
  {%- set condition = '' -%}
  {%- if run_query('select count(*) from (select 1 from ' ~ temp_relation ~ ' limit 1)')[0][0] == 0 -%}
    {%- set nulls = [] -%}
    {%- set is_row = ['1'] -%}
    {%- for column in get_columns_in_relation(temp_relation) -%}
      {%- do nulls.append('NULL') -%}
      {%- do is_row.append(adapter.quote(column.column) ~ ' is not NULL') -%}
    {%- endfor -%}
    {%- call statement('fill_empty_table') -%}
      insert into {{ temp_relation }} values ({{ nulls | join(', ') }})
    {%- endcall -%}
    {%- set condition = 'where ' ~ is_row | join(' AND ') -%}
  {%- endif -%}

  {{ write_to_file(temp_relation, location, write_options) }}
  {%- do drop_relation(temp_relation) -%}

  {%- if existing_relation is not none and not existing_relation.is_view -%}
    {%- do adapter.drop_relation(existing_relation) -%}
  {%- endif -%}
  {%- call statement('main', language='sql') -%}
    create or replace view {{ target_relation }} as (
      select * from read_{{ format }}({{ reader_arguments | join(', ') }})
      {{ condition }}
    );
  {%- endcall -%}

  {{ run_hooks(post_hooks, inside_transaction=True) }}

  {%- do apply_grants(target_relation, grant_config, should_revoke=should_revoke(existing_relation, full_refresh_mode=True) if grant_config else False) -%}
  {%- do persist_docs(target_relation, model) -%}
  {%- do adapter.commit() -%}

  {#- `glue_register` is the older way to name the plugin that registers the files elsewhere. -#}
  {%- set plugin = config.get('plugin') -%}
  {%- if config.get('glue_register', default=false) -%}
    {%- set plugin = 'glue|' ~ config.get('glue_database', 'default') -%}
  {%- endif -%}
  {%- if plugin is not none -%}
    {%- do store_relation(plugin, target_relation, location, format, config) -%}
  {%- endif -%}

  {{ run_hooks(post_hooks, inside_transaction=False) }}

  {%- do return({'relations': [target_relation]}) -%}
{% endmaterialization %}
