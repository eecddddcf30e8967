/** How many fields are wrong and why, at the head of a form. */

import { text } from '../strings';

export function ErrorSummary({ errors }: { errors: Record<string, string | undefined> }) {
  const messages = Object.entries(errors).filter(([, message]) => message !== undefined);

  // Stays on the page while empty: what is inserted together with its text is often not read out.
  return (
    <div className="error-summary" role="alert">
      {messages.length > 0 && (
        <>
          <p>{text.problems.fields(messages.length)}</p>
          <ul>
            {messages.map(([field, message]) => (
              <li key={field}>{`${field}: ${message}`}</li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
