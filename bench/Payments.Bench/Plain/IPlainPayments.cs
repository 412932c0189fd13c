namespace Payments.Bench.Plain;

public interface IPlainPayments
{
    Task<(PlainPayment Payment, bool Replayed)> AddAsync(PlainRequest request);

    Task<PlainPayment?> FindAsync(string id);

    Task<IReadOnlyList<PlainPayment>> ListAsync(int count);
}

/// <summary>Stores nothing; what is read back is the payment of the last request.</summary>
internal sealed class NoPayments : IPlainPayments
{
    private PlainPayment? _last;

    public Task<(PlainPayment Payment, bool Replayed)> AddAsync(PlainRequest request) =>
        Task.FromResult((_last = PlainPayment.From(request), false));

    public Task<PlainPayment?> FindAsync(string id) => Task.FromResult(_last);

    public Task<IReadOnlyList<PlainPayment>> ListAsync(int count) =>
        Task.FromResult<IReadOnlyList<PlainPayment>>([.. Enumerable.Repeat(_last!, count)]);
}

/// <summary>What the same team might come to: the writes of this process take turns, so that none waits for SQLite's own lock by sleeping.</summary>
internal sealed class LockedPayments(SqlitePayments payments) : IPlainPayments, IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);

    public async Task<(PlainPayment Payment, bool Replayed)> AddAsync(PlainRequest request)
    {
        await _turn.WaitAsync();
        try
        {
            return await payments.AddAsync(request);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    public Task<PlainPayment?> FindAsync(string id) => payments.FindAsync(id);

    public Task<IReadOnlyList<PlainPayment>> ListAsync(int count) => payments.ListAsync(count);
}
