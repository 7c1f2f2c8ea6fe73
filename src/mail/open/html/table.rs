//! Cells of the tables of a page.

use super::{Page, TABLES, Table};

impl Page<'_, '_, '_> {
    pub(super) fn table_start(&mut self, name: &str) {
        match name {
            "table" if self.tables.len() < TABLES => {
                let number = self.scribe.next_table();
                self.tables.push(Table { number, rows: 0, column: 0, cell: None });
            }
            "table" => self.tables_deeper += 1,
            "tr" if self.tables_deeper == 0 => {
                self.end_cell();
                if let Some(table) = self.tables.last_mut() {
                    table.rows += 1;
                    table.column = 0;
                }
            }
            "td" | "th" if self.tables_deeper == 0 => {
                self.end_cell();
                // Cells of a row stand side by side.
                if !self.empty {
                    self.scribe.add("\t");
                    self.blank = true;
                }
                let here = self.scribe.here();
                if let Some(table) = self.tables.last_mut() {
                    table.cell = Some(here);
                }
            }
            _ => (),
        }
    }

    pub(super) fn table_end(&mut self, name: &str) {
        match name {
            "table" if self.tables_deeper > 0 => self.tables_deeper -= 1,
            "table" => {
                self.end_cell();
                self.tables.pop();
            }
            "td" | "th" | "tr" if self.tables_deeper == 0 => self.end_cell(),
            _ => (),
        }
    }

    pub(super) fn end_cell(&mut self) {
        let here = self.scribe.here();
        let Some(table) = self.tables.last_mut() else { return };
        let Some(from) = table.cell.take() else { return };
        let column = table.column;
        table.column = table.column.saturating_add(1);
        if !self.scribe.cell(table.number, table.rows.saturating_sub(1), column, from..here) {
            self.scribe.limit(self.part, "more table cells than the limit");
        }
    }
}
