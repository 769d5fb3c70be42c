use super::*;
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;

/// The definition of RFC 6962, section 2.1, word by word.
fn naive(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Sha256::digest([]).into(),
        [leaf] => *leaf,
        _ => {
            let middle = leaves.len().next_power_of_two() / 2;
            node_hash(&naive(&leaves[..middle]), &naive(&leaves[middle..]))
        }
    }
}

fn bytes(index: u64) -> Vec<u8> {
    format!("entry {index}").into_bytes()
}

/// A tree with the hashes of its leaves and all that is stored of it.
fn grown(size: u64) -> (Edge, Vec<Hash>, Nodes) {
    let (mut edge, mut leaves, mut nodes) = (Edge::default(), Vec::new(), Nodes::new());
    for index in 0..size {
        let leaf = leaf_hash(&bytes(index));
        nodes.insert(Node { level: 0, index }, leaf);
        nodes.extend(edge.push(leaf));
        leaves.push(leaf);
    }
    (edge, leaves, nodes)
}

fn hashes(spans: &[Span], nodes: &Nodes) -> Vec<Hash> {
    spans.iter().map(|span| span.hash(nodes).expect("a stored node")).collect()
}

#[test]
fn the_root_is_that_of_the_definition_for_every_size() {
    for size in 0..300_u64 {
        let (edge, leaves, nodes) = grown(size);
        assert_eq!(edge.size(), size);
        assert_eq!(edge.root(), naive(&leaves), "{size}");
        assert_eq!(Edge::of(size, &nodes).expect("its peaks").root(), edge.root(), "{size}");
    }
}

/// The test vectors of RFC 6962's own implementation.
#[test]
fn the_empty_tree_and_its_first_leaf_are_those_that_others_know() {
    let hex = |hash: Hash| hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!(
        hex(Edge::default().root()),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    assert_eq!(hex(leaf_hash(b"")), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
}

#[test]
fn every_leaf_is_proved_in_every_tree_and_nowhere_else() {
    let (_, leaves, nodes) = grown(70);
    for size in 1..=70_u64 {
        let root = naive(&leaves[..usize::try_from(size).unwrap()]);
        for index in 0..size {
            let path = hashes(&inclusion(index, size), &nodes);
            let leaf = &leaves[usize::try_from(index).unwrap()];
            assert!(is_included(leaf, index, size, &path, &root), "{index} of {size}");
            assert!(!is_included(leaf, index + 1, size, &path, &root), "{index} of {size}");
            assert!(!is_included(&root, index, size, &path, &root) || size == 1, "{index} of {size}");
            for cut in 0..path.len() {
                assert!(!is_included(leaf, index, size, &path[..cut], &root), "{index} of {size}");
            }
        }
    }
}

#[test]
fn every_tree_continues_every_smaller_one_and_no_other() {
    let (_, leaves, nodes) = grown(70);
    let root = |size: u64| naive(&leaves[..usize::try_from(size).unwrap()]);
    for to in 1..=70 {
        for from in 1..=to {
            let path = hashes(&consistency(from, to), &nodes);
            assert!(is_consistent((from, &root(from)), (to, &root(to)), &path), "{from} to {to}");
            assert!(!is_consistent((from, &root(70 - from)), (to, &root(to)), &path) || from == 35);
            let mut longer = path.clone();
            longer.push([7; 32]);
            assert!(!is_consistent((from, &root(from)), (to, &root(to)), &longer), "{from} to {to}");
        }
    }
}

proptest! {
    /// An implementation that is not ours makes the same root and the same proofs, and takes ours.
    #[test]
    fn another_implementation_agrees(size in 1..400_u64, one in any::<u64>(), other in any::<u64>()) {
        let (edge, _, nodes) = grown(size);
        let mut theirs = MemoryBackedTree::<sha2::Sha256, Vec<u8>>::new();
        (0..size).for_each(|index| theirs.push(bytes(index)));
        let root = theirs.root();
        prop_assert_eq!(<Hash>::from(*root.as_bytes()), edge.root());

        let index = one % size;
        let proof = theirs.prove_inclusion(usize::try_from(index).unwrap());
        let path = hashes(&inclusion(index, size), &nodes).concat();
        prop_assert_eq!(proof.as_bytes(), path.as_slice());

        let from = 1 + other % size;
        let proof = theirs.prove_consistency(usize::try_from(size - from).unwrap());
        let path = hashes(&consistency(from, size), &nodes).concat();
        prop_assert_eq!(proof.as_bytes(), path.as_slice());
    }

    /// A proof of a tree of any size takes few reads, however large it is.
    #[test]
    fn a_proof_reads_two_nodes_per_level_at_most(size in 1..(1_u64 << 62), one in any::<u64>()) {
        let levels = usize::try_from(u64::BITS - size.leading_zeros()).unwrap();
        let reads = |spans: Vec<Span>| spans.into_iter().map(|span| span.nodes().len()).sum::<usize>();
        prop_assert!(reads(inclusion(one % size, size)) <= 2 * levels);
        prop_assert!(reads(consistency(1 + one % size, size)) <= 2 * levels);
    }

    #[test]
    fn a_changed_path_proves_nothing(size in 2..200_u64, at in any::<prop::sample::Index>(), bit in 0..256_usize) {
        let (edge, leaves, nodes) = grown(size);
        let index = at.index(leaves.len());
        let mut path = hashes(&inclusion(index as u64, size), &nodes);
        let step = at.index(path.len());
        path[step][bit / 8] ^= 1 << (bit % 8);
        prop_assert!(!is_included(&leaves[index], index as u64, size, &path, &edge.root()));
    }
}
