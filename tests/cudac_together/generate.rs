//! Draws a tree. What threads may do together depends on where they are: barriers where the whole block is, tiles where all
//! of a tile is, other warp operations anywhere, with a mask of those that are there.

use crate::rng::Rng;
use crate::tree::*;

/// Where a statement stands.
#[derive(Clone)]
struct Place {
    /// All threads that have not returned are here.
    block: bool,
    /// Who is here is so in whole groups of this size.
    tiles: usize,
    /// Inside a loop without masks: no warp operations, but breaks.
    alone: bool,
    /// Directly in a loop that lanes leave one by one.
    leaving: bool,
    /// Counters in scope.
    counts: Vec<usize>,
    depth: u32,
}

struct Gen {
    r: Rng,
    next: usize,
    size: u32,
    /// Statements left.
    left: usize,
    /// How much of it is floats.
    floats: usize,
}

pub fn tree(seed: u64) -> Tree {
    let mut r = Rng::new(seed);
    let blocks: [[u32; 3]; 12] = [
        [32, 1, 1],
        [64, 1, 1],
        [8, 4, 1],
        [4, 4, 4],
        [96, 1, 1],
        [48, 1, 1],
        [33, 1, 1],
        [5, 7, 1],
        [1, 1, 1],
        [3, 4, 2],
        [16, 3, 2],
        [80, 1, 1],
    ];
    let block = blocks[r.below(blocks.len())];
    let size = block.iter().product::<u32>();
    // Tiles of more threads are not whole.
    let whole = (1usize << size.trailing_zeros()).min(32);
    let grid = 1 + r.below(3) as u32;
    let shift = [0, 1, 2, -1, 8, 3][r.below(6)];
    let n = r.below(200) as u32;
    let noinline = r.below(3) == 0;
    let mut g = Gen { r, next: 1, size, left: 34, floats: [0, 1, 3][seed as usize % 3] };
    let place =
        Place { block: true, tiles: whole, alone: false, leaving: false, counts: Vec::new(), depth: 0 };
    let mut body = Vec::new();
    let mut place = place;
    while g.left > 0 {
        if g.r.below(16) == 0 {
            // Some leave for good.
            let tile = g.tile(&place);
            let m = g.number();
            body.push(S::Return(m, tile, g.value(&place, 1)));
            place.tiles = place.tiles.min(tile.unwrap_or(1));
        }
        body.push(g.statement(&place));
        if g.r.below(3) == 0 {
            body.push(S::Mix(g.var()));
        }
    }
    Tree { body, shift, block, grid, n, noinline }
}

impl Gen {
    fn number(&mut self) -> usize {
        self.next += 1;
        self.next
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.r.below(of.len())]
    }

    fn var(&mut self) -> usize {
        1 + self.r.below(VARS - 1)
    }

    /// Whether a condition is answered alike in tiles, and of which size.
    fn tile(&mut self, place: &Place) -> Option<usize> {
        (place.tiles > 1 && self.r.below(2) == 0).then(|| {
            let most = place.tiles.trailing_zeros() as usize;
            1 << (1 + self.r.below(most))
        })
    }

    fn leaf(&mut self, place: &Place) -> E {
        match self.r.below(11) {
            0..=3 => E::Var(self.var()),
            4 if !place.counts.is_empty() => E::Count(self.pick(&place.counts)),
            5 => E::Linear,
            6 => E::Global,
            7 => E::Lane,
            8 if self.r.below(2) == 0 => E::Length,
            9 => E::Number(self.pick(&[0, 1, 2, 5, 31, 0xffff_ffff, 0x8000_0000, 0x7fff_fff1, 65537])),
            _ => E::Number(self.r.below(40) as u32),
        }
    }

    fn value(&mut self, place: &Place, depth: u32) -> E {
        if depth == 0 {
            return self.leaf(place);
        }
        let sub = |g: &mut Self| {
            let d = g.r.below(depth as usize + 1).min(depth as usize - 1) as u32;
            Box::new(g.value(place, d))
        };
        match self.r.below(12) {
            0..=6 => {
                let op = self.pick(&[
                    Bin::Add,
                    Bin::Add,
                    Bin::Sub,
                    Bin::Mul,
                    Bin::And,
                    Bin::Or,
                    Bin::Xor,
                    Bin::Shl,
                    Bin::Shr,
                    Bin::Sar,
                    Bin::Less,
                    Bin::LessSigned,
                    Bin::Equal,
                    Bin::Min,
                    Bin::MaxSigned,
                    Bin::High,
                    Bin::Wide,
                    Bin::Div,
                    Bin::Rem,
                ]);
                E::Bin(op, sub(self), sub(self))
            }
            7 => {
                let op = self.pick(&[
                    Un::Byte,
                    Un::SignedByte,
                    Un::Short,
                    Un::Not,
                    Un::Count,
                    Un::Zeros,
                    Un::First,
                ]);
                E::Un(op, sub(self))
            }
            8 => {
                let c = Box::new(self.condition(place));
                E::If(c, sub(self), sub(self))
            }
            9 | 10 => E::Input(sub(self)),
            _ => self.leaf(place),
        }
    }

    /// Something whose lowest bit says yes or no.
    fn condition(&mut self, place: &Place) -> E {
        let (a, b) = (Box::new(self.value(place, 1)), Box::new(self.value(place, 1)));
        match self.r.below(6) {
            0 | 1 => E::Bin(Bin::Less, a, b),
            2 => E::Bin(Bin::LessSigned, a, b),
            // A range by a difference that wraps.
            3 => {
                let at = Box::new(if self.r.below(2) == 0 { E::Linear } else { E::Global });
                let low = Box::new(E::Number(self.r.below(30) as u32));
                E::Bin(
                    Bin::Less,
                    Box::new(E::Bin(Bin::Sub, at, low)),
                    Box::new(E::Number(self.r.below(60) as u32)),
                )
            }
            4 => E::Bin(Bin::Less, Box::new(E::Global), Box::new(E::Length)),
            _ => *a,
        }
    }

    fn uniform(&mut self, place: &Place) -> Uniform {
        match self.r.below(6) {
            0 => Uniform::Input(self.r.below(200) as u32, self.pick(&[1, 3, 6])),
            1 => Uniform::Length(self.pick(&[1, 3, 16])),
            2 => Uniform::Or(self.value(place, 2)),
            3 => Uniform::And(self.value(place, 1)),
            4 => Uniform::Count(self.value(place, 2), self.r.below(self.size as usize + 1) as u32),
            _ => Uniform::Told(self.r.below(self.size as usize) as u32, self.value(place, 2)),
        }
    }

    fn list(&mut self, place: &Place, most: usize) -> Vec<S> {
        let count = 1 + self.r.below(most);
        let mut list: Vec<S> = (0..count).map(|_| self.statement(place)).collect();
        if self.r.below(2) == 0 {
            list.push(S::Mix(self.var()));
        }
        list
    }

    fn statement(&mut self, place: &Place) -> S {
        if self.r.below(4) < self.floats {
            return self.float(place);
        }
        self.left = self.left.saturating_sub(1);
        let deep = place.depth >= 4 || self.left == 0;
        loop {
            let pick = self.r.below(40);
            let s = match pick {
                0..=3 => Some(S::Set(self.var(), self.value(place, 3))),
                4..=13 => Some(self.memory(place, pick)),
                14 | 15 if !deep => Some(self.alone(place)),
                16..=22 if !place.alone => {
                    Some(S::Warp(self.var(), self.warp(), self.value(place, 1), self.value(place, 1)))
                }
                23..=25 if !place.alone && place.tiles > 1 => Some(self.whole_tile(place)),
                26 if !place.alone => Some(S::Call(self.var(), self.value(place, 1), self.value(place, 1))),
                27..=30 if !place.alone && !deep => Some(self.part(place)),
                31 | 32 if !place.alone && !deep => Some(self.leave(place)),
                33 if place.leaving => Some(S::Skip(self.number(), self.condition(place))),
                34..=36 if place.block => Some(self.exchange(place)),
                37 | 38 if place.block && !deep => Some(self.together(place)),
                39 if place.block && self.r.below(2) == 0 => Some(S::ReadSlots(self.var())),
                39 if place.block => Some(S::ReadBins(self.var(), self.value(place, 1))),
                _ => None,
            };
            // Who skips the rest of a round ends what is known of tiles; the caller need not know, as no tile of
            // more than one thread is whole in such a loop.
            if let Some(s) = s {
                return s;
            }
        }
    }

    fn float(&mut self, place: &Place) -> S {
        let (v, a, b) = (self.r.below(FLOATS), self.r.below(FLOATS), self.r.below(FLOATS));
        let op = match self.r.below(16) {
            0 | 1 => Float::Sum(a, b),
            2 | 3 => Float::Difference(a, b),
            4 => Float::Least(a, b),
            5 => Float::Most(a, b),
            6 => Float::Root(a),
            7 => Float::Number(self.value(place, 2)),
            8 => Float::Input(self.r.below(100) as u32),
            9 => Float::Stepped(self.pick(&[0u32, 1, 2, 3, 5]), self.r.below(300) as u32),
            10 => Float::Either(self.condition(place), a, b),
            11 => return S::FromFloat(self.var(), v),
            12 | 13 => return S::FloatPut(self.r.below(ROWS) as u32, v),
            14 => return S::FloatGet(v, self.r.below(ROWS) as u32),
            _ if place.block => return S::FloatShare(v, self.r.below(40) as u32, self.condition(place)),
            _ => Float::Sum(v, a),
        };
        S::Float(v, op)
    }

    fn memory(&mut self, place: &Place, pick: usize) -> S {
        let own = self.pick(&[
            Own::Word,
            Own::Word,
            Own::Shifted,
            Own::Shifted,
            Own::Pair,
            Own::Half,
            Own::Byte,
            Own::Long,
        ]);
        let v = self.var();
        match pick {
            4 => S::LocalSet(self.value(place, 1), self.value(place, 2), self.r.below(2) == 0),
            5 => S::LocalGet(v, self.value(place, 1), self.r.below(2) == 0),
            // What `r` points to is only read through it.
            6 | 7 if own != Own::Shifted => S::OwnSet(own, self.value(place, 1), self.value(place, 2)),
            6..=8 => S::OwnGet(v, own, self.value(place, 1)),
            9 => {
                let op =
                    self.pick(&[Atomic::Add, Atomic::Exchange, Atomic::Swap, Atomic::Inc, Atomic::MaxSigned]);
                S::OwnAtomic(v, op, self.value(place, 1), self.value(place, 1))
            }
            10 => S::Device(v, self.value(place, 2)),
            11 => S::Bin(self.r.below(4) as u32, self.value(place, 1), self.value(place, 2)),
            12 => S::Slot(self.value(place, 2)),
            _ if self.r.below(3) == 0 => S::Lock(self.value(place, 2)),
            _ => S::OwnGet(v, own, self.value(place, 1)),
        }
    }

    /// Branches and loops in which nobody does anything together.
    fn alone(&mut self, place: &Place) -> S {
        let mut inner = Place {
            alone: true,
            block: false,
            tiles: 1,
            leaving: false,
            depth: place.depth + 1,
            ..place.clone()
        };
        if self.r.below(3) == 0 {
            let c = self.condition(place);
            return S::If(c, self.list(&inner, 3), self.list(&inner, 2));
        }
        let k = self.number();
        let e = self.value(place, 1);
        let kind = match self.r.below(6) {
            0 => Loop::Ascending(e),
            1 => Loop::Descending(e),
            2 => {
                let step = self.pick(&[1u32, 7, 33, 65, 97]);
                Loop::Strided(self.r.below(2) == 0, step, 10 + self.r.below(12) as u32 * step)
            }
            3 => Loop::Halving(e),
            4 => Loop::Byte(e, self.r.below(6) as u32),
            _ => Loop::Wrapping(e),
        };
        inner.counts.push(k);
        let mut body = self.list(&inner, 3);
        // Other ends, only directly in the loop.
        for _ in 0..self.r.below(3) {
            let c = self.condition(&inner);
            let c = if self.r.below(2) == 0 { S::Break(c) } else { S::Continue(c) };
            let at = self.r.below(body.len() + 1);
            body.insert(
                at,
                if self.r.below(2) == 0 { c } else { S::If(self.condition(&inner), vec![c], Vec::new()) },
            );
        }
        S::For(k, kind, body)
    }

    fn warp(&mut self) -> Warp {
        let width = self.pick(&[1u32, 2, 4, 8, 16, 32, 32, 32]);
        let d = self.r.below(32) as u32;
        let near = self.pick(&[0u32, 1, 1, 2, 3, 8, 16, d]);
        match self.r.below(24) {
            0 => Warp::Ballot,
            1 => Warp::Any,
            2 => Warp::All,
            3 => Warp::MatchAny,
            4 => Warp::MatchAll,
            5 => Warp::Add,
            6 => Warp::Min,
            7 => Warp::Max,
            8 => Warp::Or,
            9 => Warp::Lowest,
            10 => Warp::Highest,
            11 | 12 => Warp::Xor(near, width),
            13 | 14 => Warp::Up(near, width),
            15 | 16 => Warp::Down(near, width),
            17 => Warp::Index(width),
            18 | 19 => Warp::Memory(d),
            20 => Warp::GroupSum,
            21 => Warp::GroupRank,
            22 => Warp::GroupFrom(d),
            _ if self.r.below(2) == 0 => Warp::GroupScan,
            _ => Warp::GroupBallot,
        }
    }

    fn whole_tile(&mut self, place: &Place) -> S {
        let n = 1 << self.r.below(place.tiles.trailing_zeros() as usize + 1);
        let k = self.r.below(32) as u32;
        let op = self.pick(&[
            Tile::Sum,
            Tile::Most,
            Tile::From(k),
            Tile::Xor(k),
            Tile::Up(k),
            Tile::Down(k),
            Tile::Any,
            Tile::All,
            Tile::Ballot,
            Tile::Match,
            Tile::Scan,
            Tile::ScanBefore,
            Tile::Rank,
        ]);
        S::Tile(self.var(), n, op, self.value(place, 1))
    }

    fn inside(&self, place: &Place, tile: Option<usize>) -> Place {
        let tiles = place.tiles.min(tile.unwrap_or(1));
        Place { block: false, leaving: false, tiles, depth: place.depth + 1, ..place.clone() }
    }

    fn part(&mut self, place: &Place) -> S {
        let tile = self.tile(place);
        let c = self.condition(place);
        let inner = self.inside(place, tile);
        let m = self.number();
        let no = if self.r.below(2) == 0 { self.list(&inner, 2) } else { Vec::new() };
        S::Part(m, tile, c, self.list(&inner, 3), no)
    }

    fn leave(&mut self, place: &Place) -> S {
        let (m, k) = (self.number(), self.number());
        let e = self.value(place, 1);
        let mut inner = self.inside(place, None);
        inner.leaving = true;
        inner.counts.push(k);
        S::Leave(m, k, e, self.list(&inner, 4))
    }

    fn exchange(&mut self, place: &Place) -> S {
        let room = self.pick(&[
            Room::Words,
            Room::Words,
            Room::Shorts,
            Room::Bytes,
            Room::Wide,
            Room::WordsAsBytes,
            Room::Either,
            Room::Function,
        ]);
        let only = (self.r.below(3) == 0).then(|| self.condition(place));
        let by = self.pick(&[1u32, 1, 3, 0, 7]);
        S::Exchange(self.var(), room, self.value(place, 2), only, by, self.r.below(70) as u32)
    }

    /// A branch or a loop that all threads take alike.
    fn together(&mut self, place: &Place) -> S {
        let c = self.uniform(place);
        let mut inner = Place { depth: place.depth + 1, leaving: false, ..place.clone() };
        if self.r.below(2) == 0 {
            let no = if self.r.below(2) == 0 { self.list(&inner, 2) } else { Vec::new() };
            return S::Choose(c, self.list(&inner, 4), no);
        }
        let k = self.number();
        // Not in the condition, which is read in each round; there the counter is of the loop itself.
        inner.counts.push(k);
        S::Rounds(k, 1 + self.r.below(3) as u32, c, self.list(&inner, 4))
    }
}
