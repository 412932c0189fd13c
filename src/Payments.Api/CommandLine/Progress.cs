using System.Diagnostics;
using System.Globalization;

namespace Payments.Api.CommandLine;

/// <summary>The progress of a command on standard error: one changing line on a terminal, otherwise a new line every few seconds.</summary>
internal sealed class Progress(string unit = "line")
{
    private const int BarWidth = 30;

    private readonly bool _isTerminal = !Console.IsErrorRedirected;
    private readonly Stopwatch _elapsed = Stopwatch.StartNew();
    private TimeSpan _shown;

    public string Elapsed => Text(_elapsed.Elapsed);

    /// <param name="part">The part done, from 0 to 1; null if the total is unknown.</param>
    public void Show(long count, double? part, string details)
    {
        if (_elapsed.Elapsed - _shown < (_isTerminal ? TimeSpan.FromSeconds(0.2) : TimeSpan.FromSeconds(5)))
        {
            return;
        }

        _shown = _elapsed.Elapsed;
        var text = $"{Count(count, unit)}, {Rate(count)}";
        if (part is > 0 and var done)
        {
            done = Math.Min(done, 1); // a file may grow while it is read
            var bar = (int)(done * BarWidth);
            var left = (_elapsed.Elapsed / done) - _elapsed.Elapsed;
            text = $"[{new string('=', bar)}{new string(' ', BarWidth - bar)}] {(int)(done * 100)} %  {text}, {Text(left)} left";
        }

        text = $"{text}  {details}";
        Console.Error.Write(_isTerminal ? $"\r{text}\u001b[K" : $"{text}{Environment.NewLine}");
    }

    /// <summary>Removes the line from a terminal before other output.</summary>
    public void Clear()
    {
        if (_isTerminal)
        {
            Console.Error.Write("\r\u001b[K");
        }
    }

    public string Rate(long count) => $"{Count((long)(count / Math.Max(_elapsed.Elapsed.TotalSeconds, 0.001)))}/s";

    /// <param name="unit">The singular of what is counted.</param>
    public static string Count(long count, string unit) => $"{Count(count)} {unit}{(count == 1 || unit == "MB" ? "" : "s")}";

    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static string Text(TimeSpan time) => time.ToString(time.TotalHours < 1 ? @"m\:ss" : @"d\.hh\:mm\:ss", CultureInfo.InvariantCulture);
}
