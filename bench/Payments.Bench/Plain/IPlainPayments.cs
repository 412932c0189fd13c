namespace Payments.Bench.Plain;

public interface IPlainPayments
{
    Task<(PlainPayment Payment, bool Replayed)> AddAsync(PlainRequest request);

    Task<PlainPayment?> FindAsync(string id);

    /// <summary>The newest payments; of one status and scheme, if both are given.</summary>
    Task<IReadOnlyList<PlainPayment>> ListAsync(int count, string? status, string? scheme);

    /// <summary>All payments, newest first.</summary>
    IAsyncEnumerable<PlainPayment> ExportAsync();
}

/// <summary>Stores nothing. Every read returns the payment of the last request.</summary>
internal sealed class NoPayments : IPlainPayments
{
    private PlainPayment? _last;

    public Task<(PlainPayment Payment, bool Replayed)> AddAsync(PlainRequest request) =>
        Task.FromResult((_last = PlainPayment.From(request), false));

    public Task<PlainPayment?> FindAsync(string id) => Task.FromResult(_last);

    public Task<IReadOnlyList<PlainPayment>> ListAsync(int count, string? status, string? scheme) =>
        Task.FromResult<IReadOnlyList<PlainPayment>>([.. Enumerable.Repeat(_last!, count)]);

    public IAsyncEnumerable<PlainPayment> ExportAsync() => throw new NotSupportedException();
}

/// <summary>An improvement that the same team might find: the writes of this process take turns, so that none of them sleeps while SQLite's lock is taken.</summary>
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

    public Task<IReadOnlyList<PlainPayment>> ListAsync(int count, string? status, string? scheme) => payments.ListAsync(count, status, scheme);

    public IAsyncEnumerable<PlainPayment> ExportAsync() => payments.ExportAsync();
}
