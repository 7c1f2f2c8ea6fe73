//! The school's rules: finding and recipient to action.
