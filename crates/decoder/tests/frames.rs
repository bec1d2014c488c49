//! OCPP-J frames: what is read of good, odd and hostile ones, what is to be answered, and what is written.

#[cfg(test)]
mod frames {
    mod answers;
    mod heads;
    mod laws;
    mod table;
    mod types;
}
