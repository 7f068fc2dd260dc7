namespace Mesh.Proxy.LoadBalancing;

/// <summary>
/// A table that endpoints take turns to fill, each by a permutation of its own. Look-ups are one index, shares are even to within a
/// hundredth, and one endpoint that comes or goes moves few of the others' keys.
/// Source: Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load Balancer", section 3.4; the size is the paper's small
/// one. It is the same for any number of endpoints: another size would move every key. Weights are as Envoy has them: the
/// heaviest takes each of its turns, others as many of theirs as their share of its weight.
/// </summary>
internal sealed class MaglevTable : HashTable
{
    // A prime, so that every step below it leads through all slots. 128 KB with two bytes a slot.
    private const int Size = 65537;

    private readonly ushort[] _owners = new ushort[Size];

    public MaglevTable(IReadOnlyList<LiveEndpoint> endpoints)
        : base([.. Sorted(endpoints).Take(ushort.MaxValue)])
    {
        if (Endpoints.Length > 0) Fill(Endpoints.Max(endpoint => endpoint.Weight));
    }

    public override int SlotCount => Size;

    public override int SlotOf(ulong key) => (int)(key % Size);

    public override LiveEndpoint EndpointAt(int slot) => Endpoints[_owners[slot]];

    private void Fill(double heaviest)
    {
        var turns = Array.ConvertAll(Endpoints, endpoint => new Turns(
            (uint)(HashOf(endpoint, seed: 0) % Size), (uint)(HashOf(endpoint, seed: 1) % (Size - 1)) + 1, endpoint.Weight / heaviest));
        var taken = new bool[Size];
        for (var filled = 0; ;)
        {
            for (var owner = 0; owner < turns.Length; owner++)
            {
                ref var turn = ref turns[owner];
                if (!turn.IsDue()) continue;
                var slot = turn.NextSlot();
                while (taken[slot]) slot = turn.NextSlot();
                taken[slot] = true;
                _owners[slot] = (ushort)owner;
                if (++filled == Size) return;
            }
        }
    }

    private struct Turns(uint offset, uint skip, double share)
    {
        private uint _next = offset;
        private double _due;

        public bool IsDue()
        {
            _due += share;
            if (_due < 1) return false;
            _due--;
            return true;
        }

        public int NextSlot()
        {
            var slot = _next;
            _next = (_next + skip) % Size;
            return (int)slot;
        }
    }
}
