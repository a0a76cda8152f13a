//! Random interleavings of a session, its client and a small log: nothing twice, nothing out of order, nothing deleted,
//! and in the end everything.

use super::world::{Step, World};
use proptest::prelude::*;

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => any::<bool>().prop_map(|mine| Step::Append { mine }),
        3 => (0usize..4).prop_map(Step::Tell),
        2 => Just(Step::TellAll),
        1 => (0usize..30).prop_map(Step::Delete),
        3 => Just(Step::Read),
        3 => Just(Step::Answer),
        5 => Just(Step::Client),
        1 => Just(Step::Pull),
        1 => Just(Step::Keepalive),
    ]
}

proptest! {
    #[test]
    fn everything_due_arrives_once_in_order(steps in prop::collection::vec(step(), 0..120)) {
        let mut world = World::new();
        for step in steps {
            world.step(step);
        }
        world.settle();
        prop_assert!(!world.is_closed(), "the client kept to the rules");
    }
}
