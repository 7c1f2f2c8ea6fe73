use super::*;

#[test]
fn rows_forms_and_families() {
    let school = school();
    for (text, expected) in [
        // Brothers and sisters.
        ("Tom and Jane Smith were late", "P1h"),
        ("Has anyone seen Jane Smiths bag", "P1m"),
        // Labels of forms.
        ("Forename(s): Jane    Surname: Smith", "P1h"),
        ("Name of child: Jane\nFamily name: Smith", "P1h"),
        ("Legal forename\nJane\nLegal surname\nSmith", "P1h"),
        ("Surname\tSmith\nForename\tJane", "P1h"),
        ("Last: Smith First: Jane", "P1h"),
        ("Name: Jane\nSurname: Smith", "P1h"),
        ("Forename: Jane Elizabeth\nSurname: Smith", "P1h"),
        ("Forename: Jane\nSurname: Brown", ""),
        ("the name Jane was chosen; the surname Smith is common", ""),
        // Tables as text.
        ("Smith | 7B | Jane", "P1h"),
        ("7B,Smith,Jane", "P1h"),
        ("Smith,7B,Jane", "P1h"),
        ("Smith,8C,Jane", ""),
        // Registers of others.
        ("Hutchinson Jane\nSmith Alice", ""),
    ] {
        assert_eq!(found(&Message::new().body(text), &school), expected, "{text:?}");
    }
    let siblings = "id,forename,surname,form\nA,Amber,Dunwoody,7C\nB,Joel,Dunwoody,10A\nC,Esme,Dunwoody,8B\n";
    let (roster, _) = crate::school::roster::Roster::read(siblings.as_bytes(), &Columns::default(), "r");
    let family = School { roster, ..School::default() };
    for (text, expected) in [
        ("Amber and Joel Dunwoody will be away", "Am Bh"),
        ("Amber & Joel Dunwoody", "Am Bh"),
        ("Amber/Joel Dunwoody", "Am Bh"),
        ("Esme, Amber and Joel Dunwoody", "Cm Am Bh"),
        ("Joel (10A) and Amber (7C) Dunwoody", "Bm Ah"),
        ("Dunwoody, Amber and Joel", "Ah Bm"),
        ("The Dunwoody children (Esme, Amber and Joel)", "Cm Am Bm"),
        ("Dunwoody: Esme 8B, Amber 7C, Joel 10A", "Cm Am Bm"),
        ("the Dunwoody twins, Amber and Joel", "Am Bm"),
        ("Amber and Dunwoody", ""),
        ("amber and Joel Dunwoody", "Bh"),
    ] {
        assert_eq!(found(&Message::new().body(text), &family), expected, "{text:?}");
    }
    for (rows, expected) in [
        (&["Smith|7B|Jane"][..], "P1h"),
        (&["Smith|F|Jane"], "P1h"),
        (&["Jane\nSmith|x"], "P1h"),
        (&["Time|Pupil|Teacher", "17:05|Jane|Smith"], ""),
    ] {
        assert_eq!(found(&Message::new().table(rows), &school), expected, "{rows:?}");
    }
}

#[test]
fn names_in_tables() {
    let school = school();
    for (rows, expected) in [
        (&["Forename|Surname|Form", "Jane|Smith|7B", "Alice|Brown|8C"][..], "P1h P2h"),
        (&["Surname|Forename", "Smith|Jane", "Brown|Alice"], "P1h P2h"),
        (&["Jane|Elizabeth|Smith"], "P1h"),
        (&["Jane||Smith"], "P1h"),
        (&["Jane|Mary|Smith"], ""),
        (&["Tom|Brown|Alice|Green"], ""),
        (&["Jane", "Smith"], "P1h"),
        (&["Green", "Tom"], "P3m"),
        (&["Tom|Brown", "Alice|Green"], ""),
        (&["Anna-Maria|van der Berg"], "P4h"),
    ] {
        assert_eq!(found(&Message::new().table(rows), &school), expected, "{rows:?}");
    }
}

#[test]
fn two_halves_in_a_box_or_by_odd_signs() {
    let school = school();
    for (text, expected) in [
        ("Please note:\n\nJane\nSmith\n\nThank you.", "P1h"),
        ("Please note:\n\nSmith\nJane\n\nThank you.", "P1m"),
        ("The plan was discussed with everybody.\nSmith\nJane", "P1m"),
        // More names above or below: two entries of a list.
        ("Alice\nJane\nSmith\nTom", "P1l"),
        ("Green\nSmith\nJane", ""),
        // Between signs that no name has, where nothing else can be meant.
        ("the plan for Siobhan; O'Reilly today", "P5m"),
        ("the plan for Robert, MacDonald today", "P12m"),
        ("MacDonald / Robert is away", "P12m"),
        ("Brown, Jane; Smith, Alice", ""),
        ("Jane, smith the metal today", ""),
        ("Jane, Smith the metal today", ""),
        ("Smith J. (Jane) was away", "P1m"),
        ("Smith A. (Jane) was away", ""),
        ("file:///S:/SEN/Smith%2C%20Jane.docx", "P1h"),
        ("https://x.example/Jane%2520Smith.pdf", "P1h"),
        ("Jane1 Smith was late", "P1h"),
        ("\"Jane \"&\"Smith\"", "P1h"),
        // A possessive owns something; a verb goes on otherwise.
        ("Has anyone seen Jane Smiths bag", "P1m"),
        ("Jane Smiths a horseshoe", ""),
    ] {
        assert_eq!(found(&Message::new().body(text), &school), expected, "{text:?}");
    }
}

#[test]
fn tables_that_come_as_text() {
    let school = school();
    for (text, expected) in [
        // Rows of cells parted by tabs.
        ("Surname\tForm\tForename\nSmith\t9B\tJane", "P1h"),
        ("Everybody was present.\nSmith\t9B\tJane", "P1h"),
        ("Time\tPupil\tForm\tTeacher\n17:05\tTom\t8\tGreen", ""),
        // Columns drawn one after the other.
        ("The plan.\nSmith\nBrown\nJane\nAlice", "P1h P2h"),
        ("Surname\nSmith\nBrown\nForename\nJane\nAlice", "P1h P2h"),
        ("Smith\nBrown\nAlice\nJane", ""),
        // Files for programs.
        ("<Pupil><Surname>Smith</Surname><Forename>Jane</Forename></Pupil>", "P1h"),
        ("<pupil surname=\"Smith\" forename=\"Jane\"/>", "P1h"),
        ("{\"pupil\": {\"forename\": \"Jane\", \"surname\": \"Smith\"}}", "P1h"),
        ("{\n  \"first_name\": \"Jane\",\n  \"last_name\": \"Smith\"\n}", "P1h"),
        ("<Surname>Smith</Surname><Forename>Alice</Forename>", ""),
    ] {
        assert_eq!(found(&Message::new().piece(Place::Attachment, text), &school), expected, "{text:?}");
    }
}
