{% test small_cells(model, column_name, rows, columns=none, k=11, total=false) %}
{%- if total is sameas false -%}
    {{ return(adapter.dispatch('test_small_cells', 'healthcare')(
        model, column_name, healthcare.as_list(rows), healthcare.as_list(columns or []), k)) }}
{%- else -%}
    {{ return(adapter.dispatch('test_small_cells_with_totals', 'healthcare')(
        model, column_name, healthcare.as_list(rows) + healthcare.as_list(columns or []), k, total)) }}
{%- endif -%}
{% endtest %}

{#- A table of counts, one row for each cell, null where the count is suppressed.
    Two things give a small count away: to print it, and to suppress so little that
    it follows from the totals of rows and columns, which are taken to be known.

    A suppressed cell is an unknown in the sum of its row and in that of its
    column. Rows and columns as points, and suppressed cells as lines between
    them, make a graph: a cell's count can be told exactly when its line is on no
    circle, that is, when without it nothing leads from its row to its column.
    Then its value is a sum of totals and printed cells. On a circle one can
    be added and taken away by turns without changing a total. -#}
{% macro default__test_small_cells(model, column_name, rows, columns, k) %}

with recursive cells as (

    select
        {{ healthcare.cell_key('r', rows) }} as row_key,
        {{ healthcare.cell_key('c', columns) }} as column_key,
        -- A list has one total, of all its cells, and none for a row.
        {{ healthcare.cell_key('r', rows if columns else []) }} as row_point,
        {{ healthcare.cell_key('c', columns) }} as column_point,
        {{ column_name }} as cell_count
    from {{ model }}

),

suppressed as (

    select
        row_key,
        column_key,
        row_point,
        column_point
    from cells
    where cell_count is null

),

-- Most cells of a large table are on one of the smallest circles, which are cheap to find: two
-- columns that are suppressed together in two rows, or two cells between the same points.
together as (

    select
        one.column_point as one_column,
        other.column_point as other_column
    from suppressed as one
    inner join suppressed as other
        on one.row_point = other.row_point
        and one.column_point <> other.column_point
    group by one.column_point, other.column_point
    having count(distinct one.row_point) > 1

),

hidden as (

    select
        one.row_key,
        one.column_key
    from suppressed as one
    inner join suppressed as other
        on one.row_point = other.row_point
        and one.column_point <> other.column_point
    inner join together
        on one.column_point = together.one_column
        and other.column_point = together.other_column

    union

    select
        one.row_key,
        one.column_key
    from suppressed as one
    inner join (
        select row_point, column_point
        from suppressed
        group by row_point, column_point
        having count(*) > 1
    ) as several
        on one.row_point = several.row_point
        and one.column_point = several.column_point

),

doubtful as (

    select suppressed.*
    from suppressed
    left join hidden
        on suppressed.row_key = hidden.row_key
        and suppressed.column_key = hidden.column_key
    where hidden.row_key is null

),

lines as (

    select row_point as one_end, column_point as other_end, row_key, column_key from suppressed
    union all
    select column_point as one_end, row_point as other_end, row_key, column_key from suppressed

),

-- For each of the others, what is reached from its row without it.
reached (row_key, column_key, point) as (

    select
        row_key,
        column_key,
        row_point
    from doubtful

    union

    select
        reached.row_key,
        reached.column_key,
        lines.other_end
    from reached
    inner join lines
        on reached.point = lines.one_end
        and not (reached.row_key = lines.row_key and reached.column_key = lines.column_key)

)

select
    row_key,
    column_key,
    'printed' as given_away
from cells
where cell_count > 0
  and cell_count < {{ k }}

union all

select
    doubtful.row_key,
    doubtful.column_key,
    'follows from the totals' as given_away
from doubtful
where not exists (
    select 1
    from reached
    where reached.row_key = doubtful.row_key
      and reached.column_key = doubtful.column_key
      and reached.point = doubtful.column_point
)

{% endmacro %}

{#- A text for the values of some columns, another one for others. Columns and rows
    never have the same. -#}
{%- macro cell_key(letter, columns) -%}
    '{{ letter }}'
    {%- for column in columns %}
    {%- set text = healthcare.as_text(column) %} || coalesce('|' || {{ healthcare.as_text('length(' ~ text ~ ')') }} || ':' || {{ text }}, '|')
    {%- endfor %}
{%- endmacro %}
