//! A small random number generator whose numbers never change.
//!
//! Library generators may change their streams between versions, and the
//! platform's `exp` and `ln` may differ in the last bit between systems. Both
//! would change the generated files, so everything here is built from integer
//! operations and from the additions and multiplications that IEEE 754
//! defines exactly.

/// A xoshiro256** generator (Blackman and Vigna, 2018).
pub struct Random {
    pub(super) state: [u64; 4],
}

impl Random {
    /// Starts the stream that belongs to one subject of one seed, so that a
    /// patient's history does not depend on how many others there are.
    pub fn stream(seed: u64, domain: u64, index: u64) -> Self {
        let mut mixer = SplitMix64(seed ^ SplitMix64(domain ^ SplitMix64(index).next()).next());
        Self {
            state: std::array::from_fn(|_| mixer.next()),
        }
    }

    pub fn next_u64(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[1].wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// Returns a number in `[0, 1)` with 53 random bits.
    pub fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Returns an integer in `low..=high`.
    pub fn between(&mut self, low: i32, high: i32) -> i32 {
        debug_assert!(low <= high);
        let width = i64::from(high) - i64::from(low) + 1;
        low + (self.unit() * width as f64) as i32
    }

    /// Returns a nearly normal number with mean 0 and deviation 1: the sum of
    /// twelve uniform ones, which needs additions alone.
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }

    /// Returns a lognormal number with the given median; `sigma` is the
    /// deviation of its logarithm. Health care costs have about this shape.
    pub fn lognormal(&mut self, median: f64, sigma: f64) -> f64 {
        median * exp(sigma * self.normal())
    }

    /// Returns a Poisson count, by Knuth's multiplication method, which suits
    /// the small means used here.
    pub fn count(&mut self, mean: f64) -> u32 {
        let limit = exp(-mean);
        let mut product = self.unit();
        let mut count = 0;
        while product > limit {
            product *= self.unit();
            count += 1;
        }
        count
    }

    pub fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.between(0, items.len() as i32 - 1) as usize]
    }

    /// Picks an item with a chance in proportion to its weight.
    pub fn pick_weighted<'a, T>(&mut self, items: &'a [T], weight: impl Fn(&T) -> f64) -> &'a T {
        let total: f64 = items.iter().map(&weight).sum();
        let mut rest = self.unit() * total;
        for item in items {
            rest -= weight(item);
            if rest < 0.0 {
                return item;
            }
        }
        items.last().expect("tables to pick from are never empty")
    }
}

/// The generator that seeds the other (Steele, Lea and Flood, 2014).
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// Computes e^x for moderate `x`, the same to the last bit on every system.
pub fn exp(x: f64) -> f64 {
    let halvings = (x / std::f64::consts::LN_2 + 0.5).floor();
    let rest = x - halvings * std::f64::consts::LN_2;
    let mut series = 1.0;
    for n in (1..=16).rev() {
        series = 1.0 + rest * series / f64::from(n);
    }
    let power_of_two = f64::from_bits(((halvings as i64 + 1023) as u64) << 52);
    series * power_of_two
}
